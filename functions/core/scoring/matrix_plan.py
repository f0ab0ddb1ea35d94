"""Which columns the parts of a model take, and where each is in the matrix that they share."""

from collections.abc import Hashable, Sequence

from sklearn.pipeline import Pipeline

from functions.core.features.maker import FeatureMaker
from functions.core.scoring.encoders import numbers_of, texts_of
from functions.core.scoring.prepared_rows import DerivedFeatures, Layout, vocabulary


class MatrixPlan:
    """The layout of the rows for some pipelines; features that several makers derive alike are derived once.

    Raises:
        UnknownPartError: when a pipeline's preprocessing is not one of ours.
    """

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._numbers: dict[str, None] = {}
        self._derived: dict[Hashable, DerivedFeatures] = {}
        self._taken: dict[Hashable, dict[str, None]] = {}
        self._origins: dict[int, dict[str, tuple[Hashable, str]]] = {}
        texts: dict[str, set[str]] = {}
        hashed: set[str] = set()
        for pipeline in pipelines:
            maker: FeatureMaker = pipeline["features"]
            hashed |= set(maker.hashed_)
            self._add_numbers(maker, list(numbers_of(pipeline["preprocess"])))
            for name, known in texts_of(pipeline["preprocess"]):
                texts.setdefault(name, set()).update(known)
        # A maker of which nothing is taken would still refuse what it can't read.
        taken = {key: made for key, made in self._derived.items() if self._taken[key]}
        self.layout = Layout(
            numbers=list(self._numbers),
            derived=[(made, list(self._taken[key])) for key, made in taken.items()],
            vocabularies={name: vocabulary(known) for name, known in texts.items()},
            hashed=frozenset(hashed),
        )
        order: list[str | tuple[Hashable, str]] = [*self._numbers]
        order += [(key, wanted) for key in taken for wanted in self._taken[key]]
        self._order = {each: place for place, each in enumerate(order)}

    def places(self, pipeline: Pipeline) -> dict[str, int]:
        """Return where the columns of numbers that a pipeline takes are, by the names that it knows them by."""
        origins = self._origins[id(pipeline["features"])]
        return {name: self._order[origins.get(name, name)] for name in numbers_of(pipeline["preprocess"])}

    def _add_numbers(self, maker: FeatureMaker, names: Sequence[str]) -> None:
        origins: dict[str, tuple[Hashable, str]] = {}
        for entity in (None, *maker.histories_):
            derived = DerivedFeatures(maker, entity)
            key = derived.key
            self._derived.setdefault(key, derived)
            self._taken.setdefault(key, {})
            origins |= {maker.names_[wanted]: (key, wanted) for wanted in derived.wanted}
        for name in names:
            if name in origins:
                key, wanted = origins[name]
                self._taken[key][wanted] = None
            else:
                self._numbers[name] = None
        self._origins[id(maker)] = origins
