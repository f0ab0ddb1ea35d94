"""LocalStack's S3 provider with two hooks that it has under private names only."""

from collections.abc import Callable
from functools import partial
from typing import Any

from localstack.services.s3.notifications import S3EventNotificationContext
from localstack.services.s3.provider import S3Provider


class HookedS3Provider(S3Provider):
    """The provider; a subclass decides when a notification is sent."""

    def announce(self, key: str | None, send: Callable[[], None] | None) -> None:  # noqa: ARG002
        """Announce a change of ``key``: call ``send``, which there is when the bucket has notifications configured."""
        if send is not None:
            send()

    def forget_cors(self) -> None:
        """Drop the cached CORS rules of all buckets."""
        self._cors_handler.invalidate_cache()

    def _notify(
        self,
        context: Any,  # noqa: ANN401 - LocalStack publishes no types
        s3_bucket: Any,  # noqa: ANN401
        s3_object: Any = None,  # noqa: ANN401
        s3_notif_ctx: Any = None,  # noqa: ANN401
    ) -> None:
        send = None
        configuration = s3_bucket.notification_configuration
        if configuration:
            notice = s3_notif_ctx or S3EventNotificationContext.from_request_context(
                context, s3_bucket=s3_bucket, s3_object=s3_object
            )
            send = partial(self._notification_dispatcher.send_notifications, notice, configuration)
        self.announce(s3_object.key if s3_object is not None else None, send)
