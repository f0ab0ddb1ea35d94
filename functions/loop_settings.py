"""Settings of the loop: labels that come back, decisions to retrain, promotion and rollback in production."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Retrain = Literal["auto", "ask", "off"]
TrainingWindow = Literal["all", "sliding", "since_drift"]
_Days = Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=0.5)]


class ServedLoopSettings(BaseModel):
    """The part that the scoring service needs: which version decides, and what is let through to learn from it."""

    label_delay_days: _Days = Field(
        default=30,
        description="days after which a fraud would have been reported; a decision counts from then on, not before",
    )
    explore_share: Share = Field(
        default=0.0, description="share of the alarms that the scoring service lets through, to learn what they are"
    )
    challenger_share: Share = Field(
        default=0.0, description="share of the entities that the challenger decides on in place of the champion (A/B)"
    )
    rollback: Literal["auto", "off"] = Field(
        default="auto", description="whether a new champion that does harm gives way to the former one by itself"
    )


class LoopSettings(ServedLoopSettings):
    """When labels are complete, when a model is retrained, and when another version takes over."""

    silent_alarms: Literal["unknown", "legitimate"] = Field(
        default="unknown",
        description="what an alarm is that nobody has labelled when its days are over: a blocked transaction brings no "
        "chargeback, so `legitimate` is right only where each alarm is checked and the frauds among them are reported",
    )
    retrain: Retrain = Field(
        default="ask", description="who starts a retraining that pays: `auto` nobody needs to, `ask` you do, `off`"
    )
    retrain_cost: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=50.0, description="what a retraining costs, in the currency of the costs"
    )
    retrain_min_frauds: int = Field(
        default=30, ge=1, description="new frauds with complete labels before a model is retrained"
    )
    retrain_cooldown_days: _Days = Field(
        default=7,
        description="days after a retraining in which there is no other; doubled with each that led to no new champion",
    )
    retrain_weekly_budget: int = Field(default=1, ge=0, description="retrainings in seven days, at most")
    training_window: TrainingWindow = Field(
        default="all",
        description="rows that a retraining takes: `all`, those of the last `training_window_days`, or `since_drift`",
    )
    training_window_days: _Days = Field(default=90, description="days of `training_window = sliding`")
    traffic_window_rows: int = Field(
        default=5000,
        ge=500,
        description="decisions after which a window of traffic ends, to be compared with the champion's data",
    )
    traffic_window_days: Annotated[float, Field(gt=0, le=365)] = Field(
        default=7, description="days after which it ends if there are fewer, as soon as it has 500"
    )
    traffic_window_least_days: Annotated[float, Field(ge=0, le=365)] = Field(
        default=1,
        description="days that it lasts at least, however many decisions there are: a cycle of the traffic, as nights "
        "differ from days whatever happens",
    )
