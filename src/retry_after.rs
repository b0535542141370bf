//! How long the service asks to wait: the header `Retry-After`.

use std::time::Duration;

use crate::json::digits_to_number;

/// What a `Retry-After` says (RFC 9110, section 10.2.3). A date stays a date, so that nothing here needs a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// Wait this long.
    Delay(Duration),
    /// Wait until this moment, in seconds since the start of 1970 in UTC. The answer had no `Date`, so the service's
    /// clock is not known.
    Date(u64),
}

impl RetryAfter {
    /// How long to wait from `now`, in seconds since the start of 1970 in UTC. Zero for a date that has passed.
    #[must_use]
    pub const fn delay_from(self, now: u64) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::Date(date) => Duration::from_secs(date.saturating_sub(now)),
        }
    }

    /// Reads the header `retry_after`, a number of seconds or a date. A date is taken relative to `date`, the header
    /// `Date` of the same answer: the service's clock set both, and the caller's may be wrong. `None` for anything
    /// else, and for a number of seconds above `u32::MAX`.
    pub(crate) fn parse(retry_after: &str, date: Option<&str>) -> Option<Self> {
        let header = retry_after.trim_ascii();
        if !header.is_empty()
            && let Some(seconds) = digits_to_number(header.as_bytes(), 10)
        {
            return Some(Self::Delay(Duration::from_secs(seconds.into())));
        }
        let until = date::seconds(header)?;
        Some(match date.and_then(|date| date::seconds(date.trim_ascii())) {
            Some(sent) => Self::Delay(Duration::from_secs(until.saturating_sub(sent))),
            None => Self::Date(until),
        })
    }
}

/// A date like `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send (RFC 9110, section 5.6.7), in
/// seconds since the start of 1970. `None` for a day that does not exist, for a wrong weekday, and for a leap second.
mod date {
    /// The engine asks JavaScript: the calendar would take 600 bytes of the module.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(super) fn seconds(text: &str) -> Option<u64> {
        crate::json::exact_integer(crate::engine::date(text.as_bytes()))?.try_into().ok()
    }

    #[cfg(not(all(target_arch = "wasm32", feature = "engine")))]
    pub(super) fn seconds(text: &str) -> Option<u64> {
        use crate::json::digits_to_number;

        const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        /// The first day of 1970 was a Thursday.
        const WEEKDAYS: &[u8] = b"ThuFriSatSunMonTueWed";

        let text = text.as_bytes().strip_suffix(b" GMT").filter(|text| text.len() == 25)?;
        let separators = [(3, b','), (4, b' '), (7, b' '), (11, b' '), (16, b' '), (19, b':'), (22, b':')];
        if separators.iter().any(|(place, byte)| text.get(*place) != Some(byte)) {
            return None;
        }
        let number = |start: usize, length, most| {
            let digits = text.get(start..)?.get(..length)?;
            digits_to_number(digits, 10).filter(|&number| number <= most)
        };
        // Every number is bounded above, so none of the sums can wrap.
        let year = number(12, 4, 9999)?;
        let years = year.checked_sub(1970)?;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let leap_days = (years.wrapping_add(1) / 4)
            .wrapping_sub(years.wrapping_add(69) / 100)
            .wrapping_add(years.wrapping_add(369) / 400);
        let month = MONTHS.chunks(3).position(|name| text.get(8..11) == Some(name))?;
        let days_of = |month: usize| Some(DAYS.get(month)?.wrapping_add(u32::from(month == 1 && is_leap)));
        let days_before = (0..month).filter_map(days_of).sum::<u32>();
        let day = number(5, 2, days_of(month)?)?.checked_sub(1)?;
        let days = years.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(days_before).wrapping_add(day);
        let weekday = WEEKDAYS.chunks(3).nth(usize::try_from(days % 7).ok()?);
        if text.get(..3) != weekday {
            return None;
        }
        let time = number(17, 2, 23)?
            .wrapping_mul(3600)
            .wrapping_add(number(20, 2, 59)?.wrapping_mul(60))
            .wrapping_add(number(23, 2, 59)?);
        Some(u64::from(days).wrapping_mul(86_400).wrapping_add(time.into()))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::SystemTime;

    /// `Tue, 14 Nov 2023 22:13:20 GMT`
    const NOW: u64 = 1_700_000_000;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (header, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 5 ", Some(5)),
            ("4294967295", Some(4_294_967_295)),
            ("4294967296", None),
            ("99999999999999999999999", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("", None),
            (" ", None),
            ("soon", None),
            ("Tue, 14 Nov 2023 22:13:20 GMT", Some(0)),
            ("Tue, 14 Nov 2023 22:14:20 GMT", Some(60)),
            ("Tue, 14 Nov 2023 22:12:20 GMT", Some(0)),
            ("Fri, 29 Feb 2064 00:00:00 GMT", Some(1_271_468_800)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1969 00:00:00 GMT", None),
            ("Tue, 14 Nov 2023 24:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:61:20 GMT", None),
            ("Tue, 00 Nov 2023 22:13:20 GMT", None),
            ("Mon, 14 Nov 2023 22:13:20 GMT", None),
            ("Fri, 31 Nov 2023 22:13:20 GMT", None),
            ("Wed, 29 Feb 2023 22:13:20 GMT", None),
            ("Sat, 31 Dec 2033 23:59:60 GMT", None),
            ("Tue; 14 Nov 2023 22:13:20 GMT", None),
            ("Tue, 14-Nov-2023 22:13:20 GMT", None),
            ("Tue, 32 Nov 2023 22:13:20 GMT", None),
            ("Tue, 14 Foo 2023 22:13:20 GMT", None),
            ("Tue, 14 Nov +023 22:13:20 GMT", None),
            ("Tue, 14 Nov 2023 22:13:20 CET", None),
            ("Tué, 14 Nov 2023 22:13:20 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
        ] {
            let delay = RetryAfter::parse(header, None).map(|wait| wait.delay_from(NOW));
            assert_eq!(delay, seconds.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date_where_it_has_one() {
        let until = "Tue, 14 Nov 2023 22:14:20 GMT";
        for (date, wait) in [
            (Some("Tue, 14 Nov 2023 22:14:10 GMT"), RetryAfter::Delay(Duration::from_secs(10))),
            (Some("Tue, 14 Nov 2023 23:14:10 GMT"), RetryAfter::Delay(Duration::ZERO)),
            (Some("yesterday"), RetryAfter::Date(NOW + 60)),
            (None, RetryAfter::Date(NOW + 60)),
        ] {
            assert_eq!(RetryAfter::parse(until, date), Some(wait), "{date:?}");
        }
        assert_eq!(RetryAfter::parse("5", Some(until)), Some(RetryAfter::Delay(Duration::from_secs(5))));
    }

    proptest! {
        #[test]
        fn every_second_of_eight_thousand_years_is_read_as_the_date_it_is(seconds in 0_u64..253_402_300_800) {
            let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            prop_assert_eq!(date::seconds(&date), Some(seconds));
        }
    }
}
