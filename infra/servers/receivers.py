"""Receivers of alerts, by the settings, and why one is off."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from pydantic import SecretStr

from infra.home.layout import Home
from infra.settings import PREFIX, StackSettings

type Name = Literal["Slack", "e-mail", "webhook", "watchdog"]
_TITLE = '{{ template "fraudflow.title" . }}'
_TEXT = '{{ template "fraudflow.text" . }}'
# Of the receivers that prometheus/alertmanager.yml routes to: who is told.
ROUTES: Mapping[str, tuple[Name, ...]] = MappingProxyType(
    {"warnings": ("Slack", "webhook"), "critical": ("Slack", "webhook", "e-mail"), "watchdog": ("watchdog",)}
)
_KEYS: Mapping[Name, str] = MappingProxyType(
    {"Slack": "slack_configs", "e-mail": "email_configs", "webhook": "webhook_configs", "watchdog": "webhook_configs"}
)
# Files of an earlier release, one line each.
_SLACK_FILE, _PASSWORD_FILE = "slack_api_url", "smtp_password"


class Receiver(NamedTuple):
    """A way to tell somebody: ``options`` is Alertmanager's configuration, None while ``detail`` says why it is off."""

    name: Name
    told: str
    detail: str
    options: Mapping[str, Any] | None = None


def receivers(settings: StackSettings, home: Home) -> list[Receiver]:
    """List every receiver, on or off."""
    return [_slack(settings, home), _webhook(settings), _mail(settings, home), _watchdog(settings)]


def configured(known: Iterable[Receiver]) -> list[dict[str, Any]]:
    """Write Alertmanager's receivers: those of its routes, each with whoever is on."""
    on = {each.name: each.options for each in known if each.options is not None}
    written = []
    for route, names in ROUTES.items():
        receiver: dict[str, Any] = {"name": route}
        for name in names:
            if name in on:
                receiver.setdefault(_KEYS[name], []).append(dict(on[name]))
        written.append(receiver)
    return written


def in_force(config: Mapping[str, Any]) -> list[Name]:
    """Return the receivers of a configuration of Alertmanager."""
    written = {receiver["name"]: receiver for receiver in config.get("receivers", [])}
    return list(dict.fromkeys(_of_routes(written)))


def _of_routes(written: Mapping[str, Any]) -> Iterator[Name]:
    for route, names in ROUTES.items():
        yield from (name for name in names if _KEYS[name] in written.get(route, {}))


def _slack(settings: StackSettings, home: Home) -> Receiver:
    told = "every alert"
    url = _address(settings.alert_slack_url) or _line(home, _SLACK_FILE)
    if url is None:
        return Receiver("Slack", told, f"{_variable('alert_slack_url')} is not set")
    if not _is_http(url):
        return Receiver("Slack", told, f"{_variable('alert_slack_url')} is no http or https address")
    words = {"send_resolved": True, "title": _TITLE, "text": _TEXT, "fallback": _TITLE}
    channel = {"channel": settings.alert_slack_channel} if settings.alert_slack_channel else {}
    where = settings.alert_slack_channel or "the webhook's channel"
    return Receiver("Slack", told, where, {"api_url": url, **channel, **words})


def _webhook(settings: StackSettings) -> Receiver:
    return _posted("webhook", "every alert", "alert_webhook_url", settings.alert_webhook_url, resolved=True)


def _watchdog(settings: StackSettings) -> Receiver:
    told = "every five minutes that the monitoring is alive"
    return _posted("watchdog", told, "alert_watchdog_url", settings.alert_watchdog_url, resolved=False)


def _posted(name: Name, told: str, setting: str, address: SecretStr | None, *, resolved: bool) -> Receiver:
    url = _address(address)
    if url is None:
        return Receiver(name, told, f"{_variable(setting)} is not set")
    if not _is_http(url):
        return Receiver(name, told, f"{_variable(setting)} is no http or https address")
    return Receiver(name, told, f"by {_variable(setting)}", {"url": url, "send_resolved": resolved})


def _mail(settings: StackSettings, home: Home) -> Receiver:
    told = "critical alerts"
    needed = {"alert_mail_to": settings.alert_mail_to, "alert_smtp_host": settings.alert_smtp_host}
    missing = [_variable(name) for name, value in needed.items() if not value]
    password = _address(settings.alert_smtp_password) or _line(home, _PASSWORD_FILE)
    if settings.alert_smtp_user and password is None:
        missing.append(_variable("alert_smtp_password"))
    if missing:
        return Receiver("e-mail", told, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set")
    sign_in = {"auth_username": settings.alert_smtp_user, "auth_password": password}
    options = {
        "to": settings.alert_mail_to,
        "from": settings.alert_mail_from or settings.alert_mail_to,
        "smarthost": settings.alert_smtp_host,
        **(sign_in if settings.alert_smtp_user else {}),
        "require_tls": settings.alert_smtp_tls,
        "send_resolved": True,
        "headers": {"Subject": _TITLE},
        "html": "",
        "text": _TEXT,
    }
    return Receiver("e-mail", told, f"{settings.alert_mail_to} by {settings.alert_smtp_host}", options)


def _variable(setting: str) -> str:
    return f"{PREFIX}{setting.upper()}"


def _address(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value().strip() or None if secret else None


def _line(home: Home, name: str) -> str | None:
    path = home.secrets / name
    return path.read_text("utf-8").strip() or None if path.is_file() else None


def _is_http(url: str) -> bool:
    return url.startswith(("http://", "https://"))
