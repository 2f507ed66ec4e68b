"""How a day and a moment are written wherever a page does not say it itself: 26 Nov 2026, 2:05 PM."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "g:i A"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, g:i A"
MONTH_DAY_FORMAT = "j M"
YEAR_MONTH_FORMAT = "M Y"
