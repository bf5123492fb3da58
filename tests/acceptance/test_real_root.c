/*
 * The real root zone, sent from a primary to a secondary across a lossy link: both then have the
 * same records and give the same answers. Skipped where the zone file, which is not ours to ship,
 * is absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <unistd.h>

#include "nodes/dns/message.h"
#include "tests/support/played.h"
#include "tests/support/zone_text.h"

#define SCENARIO "tests/acceptance/root.yaml"
#define ZONE_FILE "../shared/data/root.zone"

enum { RECORDS = 22772 /* lines of the file: one each */, QUERY_MAX = 512 };

static int play(void **state)
{
    static struct played played;
    if (access(ZONE_FILE, R_OK) == 0) {
        played_begin(&played, SCENARIO, NULL);
        *state = &played;
    }
    return 0;
}

static int end(void **state)
{
    if (*state)
        played_end(*state);
    return 0;
}

static const struct played *need_zone(void **state)
{
    if (!*state) {
        print_message("SKIPPED: no " ZONE_FILE "\n");
        skip();
    }
    return *state;
}

static void the_secondary_has_every_record(void **state)
{
    const struct played *played = need_zone(state);
    const struct zone *sent = played_zone(played, "a", "."),
                      *received = played_zone(played, "h", ".");
    assert_true(sim_packet_counts(played->stage->sim).lost > 0);
    assert_int_equal(zone_serial(received), 2017082100);
    assert_int_equal(zone_record_count(received), assert_same_records(sent, received));
    assert_in_range(zone_record_count(received), RECORDS - 2, RECORDS);
}

/* Both must say the same; what they say is returned. */
static struct message ask_both(const struct played *played, const uint8_t *name, uint16_t type,
                               bool tcp)
{
    uint8_t query[QUERY_MAX];
    struct message message;
    struct bytes (*ask)(const struct played *, const char *, struct bytes) =
        tcp ? played_ask_tcp : played_ask_udp;
    size_t size = message_make_query(query, sizeof query, 4711, 0, name, type, 4096, true);
    struct bytes a = ask(played, "a", bytes_of(query, size));
    struct bytes h = ask(played, "h", bytes_of(query, size));
    assert_true(a.size > size);
    assert_int_equal(a.size, h.size);
    assert_memory_equal(a.data, h.data, a.size);
    assert_int_equal(message_parse(&message, a), MESSAGE_OK);
    assert_int_equal(message.rcode, RCODE_NOERROR);
    return message;
}

static bool is_below_cut(const struct zone *zone, const struct zone_node *node, uint16_t type)
{
    struct zone_search found;
    zone_search(zone, node->name, &found);
    return found.cut && (found.cut != node || type != RR_DS);
}

/* Every RRset is in its own answer, or, at and below a delegation, a referral is: the DS alone
 * belongs to the parent (RFC 4035 section 3.1.4.1). */
static void both_answer_for_every_rrset_alike(void **state)
{
    const struct played *played = need_zone(state);
    const struct zone *zone = played_zone(played, "a", ".");
    size_t answers = 0, referrals = 0;
    for (const struct zone_node *node = zone_apex(zone); node; node = zone_after(zone, node->name))
        for (size_t i = 0; i < node->set_count; i++) {
            const struct rrset *set = node->sets[i];
            if (set->type == RR_RRSIG)
                continue; /* they come along with what they cover */
            struct message udp = ask_both(played, node->name, set->type, false);
            struct message tcp = ask_both(played, node->name, set->type, true);
            assert_false(tcp.flags & FLAG_TC);
            assert_int_equal(udp.flags & FLAG_AA, tcp.flags & FLAG_AA);
            bool referral = is_below_cut(zone, node, set->type);
            assert_int_equal(referral, (tcp.flags & FLAG_AA) == 0);
            if (referral)
                assert_int_equal(tcp.counts[SECTION_ANSWER], 0);
            else
                assert_true(tcp.counts[SECTION_ANSWER] >= set->count);
            referrals += referral;
            answers += !referral;
        }
    assert_true(answers > 1000);
    assert_true(referrals > 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_secondary_has_every_record),
        cmocka_unit_test(both_answer_for_every_rrset_alike),
    };
    return cmocka_run_group_tests(tests, play, end);
}
