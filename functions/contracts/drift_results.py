"""What DetectDrift adds to the execution's document."""

from typing import Literal

from pydantic import Field

from functions.contracts.base import Contract, StateError

DriftVerdict = Literal["no_reference", "another_table", "not_enough_data", "stable", "watch", "retrain", "not_measured"]


class BinShift(Contract):
    """A bin or a category of a feature: the share of the champion's rows in it, and of the new ones."""

    label: str
    reference: float
    new: float


class TopFeature(Contract):
    """One feature's drift score, in 0 to 1; both distributions of those that changed most."""

    feature: str
    score: float = Field(description="0 where no change is certain, whatever chance gives")
    drifted: bool = Field(default=False, description="the change is certain, and large enough to matter")
    bins: list[BinShift] = Field(default_factory=list)
    title: str | None = Field(default=None, description="what a history column is, in words")


class ChampionScores(Contract):
    """The champion's scores of the new test rows."""

    uri: str = Field(description="Parquet: the score of each test row, and whether the champion has not seen it")
    threshold: float


class ChampionInParts(Contract):
    """The champion among the run's files, for ScoreTestPart."""

    model_uri: str = Field(description="skops")
    seen_uri: str | None = Field(description="hashes of the rows that it was trained on, where they are known")
    threshold: float


class Drift(Contract):
    """Drift of the new data against the champion's training data; scores only when there is a reference."""

    verdict: DriftVerdict
    explanation: str
    champion_version: str | None = None
    drift_score: float | None = None
    n_changed_features: int | None = None
    n_drifted_features: int | None = None
    max_feature_drift: float | None = None
    multivariate_drift_auc: float | None = None
    prediction_drift_score: float | None = None
    fraud_rate: float | None = None
    columns_missing: int | None = Field(default=None, description="of the champion's, that the new data lacks")
    columns_added: int | None = Field(default=None, description="that the champion's data did not have")
    columns_changed_kind: int | None = Field(
        default=None, description="texts for numbers or the reverse, or another role"
    )
    champion_scored: bool | None = Field(default=None, description="whether it could; the explanation tells why not")
    champion_note: str | None = Field(default=None, description="what makes its scores worse or better than they are")
    top_features: list[TopFeature] = Field(default_factory=list)
    report_uri: str | None = Field(default=None, description="JSON: every feature")
    champion_scores: ChampionScores | None = Field(default=None, description="for RegisterModel to compare with")
    champion_in_parts: ChampionInParts | None = Field(default=None, description="to score test rows in parts")
    error: StateError | None = Field(default=None, description="why DetectDrift has failed, where it has")
