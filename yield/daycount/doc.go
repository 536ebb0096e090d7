// Package daycount measures the time between two dates as markets do, and cuts terms into interest periods.
//
// A day-count convention turns two dates into a number of years. Interest, yields and discount factors depend on it: half
// a year is 181/365 for one contract and 180/360 for another. Every function that takes dates takes a [DayCount] too:
//
//   - a [Convention] needs the two dates only: ACT/365F, ACT/360, 30/360, ACT/ACT ISDA and the like; [Basis] gives the
//     ones that spreadsheets number from 0 to 4,
//   - [ICMA] (ACT/ACT of bonds) knows the coupon dates, regular or not,
//   - [ThirtyE360ISDA] knows the maturity,
//   - [Year365], [YearGregorian] and [YearJulian] are the years of on-chain protocols and data vendors: they count seconds.
//
// [Plan] generates interest periods forwards or backwards, with short or long stubs and a rule for the ends of months;
// [AddMonths] is the calendar arithmetic below it.
//
// # Dates
//
// A date is the day in UTC that a time.Time falls on, whatever its location; the time of day counts only in the three
// conventions that count seconds. Dates made here are at 00:00 UTC. There are no holidays and no business-day adjustment:
// chains settle every day.
//
// # Sign
//
// All conventions are antisymmetric: Years(b, a) = -Years(a, b). A spreadsheet's YEARFRAC is the absolute value.
//
// # Concurrency
//
// All values are immutable; everything is safe for concurrent use. Nothing here reads the clock.
package daycount
