/* What a sentence compares with: how limits are written, and what is more than what. */
#include "scenarios/expectation.h"

#include "nodes/dns/rr.h"
#include "scenarios/value.h"

bool expectation_limit(enum expectation_kind kind, const char *word, int64_t *out)
{
    uint32_t ppb;
    switch (kind) {
    case EXPECT_AVAILABILITY:
    case EXPECT_OUTCOME:
    case EXPECT_SHARE:
        if (!value_percentage(word, &ppb))
            return false;
        *out = ppb;
        return true;
    case EXPECT_LATENCY:
    case EXPECT_PROPAGATION:
    case EXPECT_NOTICE:
    case EXPECT_SIGNATURES_LEFT:
    case EXPECT_BEHIND:
    case EXPECT_EXPIRY:
        return value_duration(word, out);
    case EXPECT_QUERIES:
    case EXPECT_TRANSFERS:
    case EXPECT_MISSING:
        return value_integer(word, out) && *out >= 0;
    case EXPECT_SERIAL:
        return value_integer(word, out) && *out >= 0 && *out <= UINT32_MAX;
    case EXPECT_STATE:
    case EXPECT_SIGNATURES:
    case EXPECT_LAST_TRANSFER:
        break;
    }
    return false;
}

const char *expectation_limit_expected(enum expectation_kind kind)
{
    switch (kind) {
    case EXPECT_AVAILABILITY:
    case EXPECT_OUTCOME:
    case EXPECT_SHARE:
        return "a percentage from 0% to 100% such as 99.9%";
    case EXPECT_LATENCY:
    case EXPECT_PROPAGATION:
    case EXPECT_NOTICE:
    case EXPECT_SIGNATURES_LEFT:
    case EXPECT_BEHIND:
    case EXPECT_EXPIRY:
        return "a duration with its unit, up to 36500d, such as 80ms";
    case EXPECT_QUERIES:
    case EXPECT_TRANSFERS:
    case EXPECT_MISSING:
        return "a whole number";
    case EXPECT_SERIAL:
    case EXPECT_STATE:
    case EXPECT_SIGNATURES:
    case EXPECT_LAST_TRANSFER:
        break;
    }
    return "a serial from 0 to 4294967295";
}

int expectation_order(enum expectation_kind kind, int64_t a, int64_t b)
{
    if (a == b)
        return 0;
    if (kind == EXPECT_SERIAL)
        return serial_is_after((uint32_t)a, (uint32_t)b) ? 1 : -1;
    return a > b ? 1 : -1;
}

bool expectation_holds(const struct expectation *expectation, int64_t actual)
{
    int order = expectation_order(expectation->kind, actual, expectation->limit);
    switch (expectation->compare) {
    case EXPECT_LESS:
        return order < 0;
    case EXPECT_AT_MOST:
        return order <= 0;
    case EXPECT_EQUAL:
        return order == 0;
    case EXPECT_AT_LEAST:
        return order >= 0;
    case EXPECT_GREATER:
        return order > 0;
    case EXPECT_BETWEEN:
        return order >= 0 &&
               expectation_order(expectation->kind, actual, expectation->limit_high) <= 0;
    }
    return false;
}
