"""Settings of the receivers of alerts."""

from pydantic import BaseModel, Field, SecretStr


class AlertSettings(BaseModel):
    """Receivers of alerts. Addresses that are secrets are shown to nobody, and kept with no deployment."""

    alert_slack_url: SecretStr | None = Field(default=None, description="Slack webhook that gets every alert")
    alert_slack_channel: str | None = Field(
        default=None, description="channel to post in, where the webhook lets one choose"
    )
    alert_webhook_url: SecretStr | None = Field(
        default=None, description="address that is sent every alert as JSON, in Alertmanager's webhook format"
    )
    alert_mail_to: str | None = Field(default=None, description="addresses that are mailed critical alerts")
    alert_mail_from: str | None = Field(
        default=None, description="address that mails come from; `alert_mail_to` unless given"
    )
    alert_smtp_host: str | None = Field(
        default=None, pattern=r"^\S+:\d+$", description="mail server that takes them, as host:port"
    )
    alert_smtp_user: str | None = Field(default=None, description="who signs in there; nobody unless given")
    alert_smtp_password: SecretStr | None = Field(default=None, description="their password")
    alert_smtp_tls: bool = Field(default=True, description="whether mail goes by TLS only")
    alert_watchdog_url: SecretStr | None = Field(
        default=None, description="address of a service that alarms when it *no longer* gets a heartbeat"
    )
