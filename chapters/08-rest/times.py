"""Write one moment in UTC, as a clock in Berlin shows it, and without a zone."""

from datetime import UTC, datetime, timedelta, timezone

from apps.api.serializer import utc

moment = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
print(utc(moment))
print(utc(moment.astimezone(timezone(timedelta(hours=1)))))
print(utc(moment.replace(tzinfo=None)))
