/* RR types: mnemonics, forms of RDATA, SOA, serial arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nodes/dns/rr.h"
#include "tests/support/guard.h"

static void names_types_and_reads_them_in_any_case(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        const char *text;
    } cases[] = {
        {RR_A, "A"},          {RR_SOA, "SOA"}, {23, "NSAP-PTR"},     {RR_NSEC3PARAM, "NSEC3PARAM"},
        {65, "HTTPS"},        {66, "DSYNC"},   {128, "NXNAME"},      {RR_ANY, "ANY"},
        {257, "CAA"},         {264, "IPN"},    {32769, "DLV"},       {265, "TYPE265"},
        {65535, "TYPE65535"}, {54, "TYPE54"},  {32770, "TYPE32770"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char room[16], lower[16] = "";
        assert_string_equal(rr_type_to_text(cases[i].type, room), cases[i].text);
        for (size_t j = 0; cases[i].text[j]; j++)
            lower[j] = (char)(cases[i].text[j] | (cases[i].text[j] >= 'A' ? 0x20 : 0));
        assert_int_equal(rr_type_from_text(bytes_of_text(cases[i].text)), cases[i].type);
        assert_int_equal(rr_type_from_text(bytes_of_text(lower)), cases[i].type);
    }
}

static void reads_back_every_type_it_writes(void **state)
{
    (void)state;
    for (uint16_t type = 1; type < UINT16_MAX; type++) {
        char room[16];
        const char *text = rr_type_to_text(type, room);
        assert_int_equal(rr_type_from_text(guard_copy(0, bytes_of_text(text))), type);
    }
}

static void refuses_what_is_no_type(void **state)
{
    (void)state;
    static const char *const cases[] = {"",       "AA",     "TYPE",       "TYPE65536",
                                        "TYPE1x", "TYPE-1", "TYPE000001", "IN"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rr_type_from_text(guard_copy(0, bytes_of_text(cases[i]))), 0);
    assert_int_equal(rr_type_from_text(bytes_of_text("TYPE1")), RR_A);
}

static void compresses_only_names_of_rfc_1035_types(void **state)
{
    (void)state;
    static const uint16_t compressed[] = {2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15};
    size_t next = 0;
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        bool expected = next < sizeof compressed / sizeof compressed[0] && compressed[next] == type;
        next += expected;
        assert_int_equal(strchr(rr_rdata_form((uint16_t)type), 'n') != NULL, expected);
    }
}

static void spells_forms_in_the_alphabet_that_rr_h_gives(void **state)
{
    (void)state;
    for (uint32_t type = 0; type <= UINT16_MAX; type++) {
        const char *form = rr_rdata_form((uint16_t)type);
        assert_true(*form != '\0' && strspn(form, "nNs123456789S*b") == strlen(form));
        assert_true(strcspn(form, "S*b") + 1 >= strlen(form)); /* those stand last */
    }
}

static void accepts_rdata_that_fits_its_type_and_no_other(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        size_t size;
        const char *octets;
        bool valid;
    } cases[] = {
        {RR_A, 4, "\1\2\3\4", true},
        {RR_A, 3, "\1\2\3", false},
        {RR_A, 5, "\1\2\3\4\5", false},
        {RR_AAAA, 16, "0123456789abcdef", true},
        {RR_AAAA, 15, "0123456789abcde", false},
        {RR_NS, 4, "\2ns\0", true},
        {RR_NS, 3, "\2ns", false},
        {RR_NS, 5, "\2ns\0x", false},
        {RR_NS, 0, "", false},
        {RR_NS, 2, "\300\14", false},
        {RR_MX, 3, "\0\1\0", true},
        {RR_MX, 2, "\0\1", false},
        {RR_SOA, 22, "\0\0abcdefghijklmnopqrst", true},
        {RR_SOA, 21, "\0\0abcdefghijklmnopqrs", false},
        {RR_TXT, 3, "\2ab", true},
        {RR_TXT, 5, "\2ab\1c", true},
        {RR_TXT, 1, "\0", true},
        {RR_TXT, 0, "", false},
        {RR_TXT, 4, "\2ab\1", false},
        {13, 2, "\0\0", true},
        {13, 1, "\0", false},
        {27, 1, "\1", false},
        {RR_SRV, 7, "\0\0\0\0\0\0\0", true},
        {35, 8, "\0\1\0\2\0\1u\0", false},
        {35, 9, "\0\1\0\2\0\1u\0\0", true},
        {RR_DS, 3, "\0\0\0", false},
        {RR_NSEC, 1, "\0", true},
        {RR_NSEC, 4, "\0\0\1\2", true},
        {RR_NSEC, 7, "\0\0\1\2\1\1\2", true},
        {RR_NSEC, 3, "\0\0\0", false},         /* no octets in a window */
        {RR_NSEC, 7, "\0\1\1\2\0\1\2", false}, /* windows out of order */
        {RR_NSEC, 7, "\0\0\1\2\0\1\2", false}, /* a window twice */
        {RR_NSEC, 3, "\0\0\1", false},
        {RR_NSEC, 2, "\0\0", false},
        {RR_NSEC3, 6, "\1\0\0\0\0\0", true},
        {RR_NSEC3, 6, "\1\0\0\0\1\0", false},
        {RR_NSEC3PARAM, 5, "\1\0\0\0\0", true},
        {65280, 0, "", true},
        {65280, 3, "any", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes rdata = guard_copy(0, bytes_of(cases[i].octets, cases[i].size));
        if (rr_rdata_is_valid(cases[i].type, rdata) != cases[i].valid)
            fail_msg("case %zu, type %u", i, cases[i].type);
    }
}

static void accepts_windows_of_32_octets_and_none_longer(void **state)
{
    (void)state;
    uint8_t *rdata = guard_room(0, 35);
    rdata[2] = 32;
    assert_true(rr_rdata_is_valid(RR_NSEC, bytes_of(rdata, 35)));
    rdata = guard_room(0, 36);
    rdata[2] = 33;
    assert_false(rr_rdata_is_valid(RR_NSEC, bytes_of(rdata, 36)));
}

static void takes_an_soa_apart(void **state)
{
    (void)state;
    static const uint8_t rdata[] = "\2ns\0\1h\1x\0\x80\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
    struct bytes all = guard_copy(0, bytes_of(rdata, sizeof rdata - 1));
    struct soa soa;
    assert_true(rr_soa_parse(all, &soa));
    assert_ptr_equal(soa.mname, all.data);
    assert_ptr_equal(soa.rname, all.data + 4);
    assert_int_equal(soa.serial, 0x80000001);
    assert_int_equal(soa.refresh, 2);
    assert_int_equal(soa.retry, 3);
    assert_int_equal(soa.expire, 4);
    assert_int_equal(soa.minimum, 5);
    for (size_t size = 0; size < all.size; size++)
        assert_false(rr_soa_parse(guard_copy(1, bytes_of(rdata, size)), &soa));
    assert_false(rr_soa_parse(bytes_of(rdata, sizeof rdata), &soa));
}

static void compares_serials_as_in_rfc_1982(void **state)
{
    (void)state;
    assert_true(serial_is_after(1, 0));
    assert_false(serial_is_after(0, 1));
    assert_false(serial_is_after(7, 7));
    assert_true(serial_is_after(0, UINT32_MAX));
    assert_true(serial_is_after(0x7fffffff, 0));
    assert_false(serial_is_after(0x80000000, 0)); /* undefined */
    assert_false(serial_is_after(0, 0x80000000));
    assert_false(serial_is_after(0x80000001, 0));
}

static void names_rcodes(void **state)
{
    (void)state;
    char room[16];
    assert_string_equal(rcode_to_text(RCODE_NOERROR, room), "NOERROR");
    assert_string_equal(rcode_to_text(RCODE_NXDOMAIN, room), "NXDOMAIN");
    assert_string_equal(rcode_to_text(RCODE_NOTZONE, room), "NOTZONE");
    assert_string_equal(rcode_to_text(RCODE_BADVERS, room), "BADVERS");
    assert_string_equal(rcode_to_text(23, room), "BADCOOKIE");
    assert_string_equal(rcode_to_text(12, room), "RCODE12");
    assert_string_equal(rcode_to_text(4095, room), "RCODE4095");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_types_and_reads_them_in_any_case),
        cmocka_unit_test(reads_back_every_type_it_writes),
        cmocka_unit_test(refuses_what_is_no_type),
        cmocka_unit_test(compresses_only_names_of_rfc_1035_types),
        cmocka_unit_test(spells_forms_in_the_alphabet_that_rr_h_gives),
        cmocka_unit_test(accepts_rdata_that_fits_its_type_and_no_other),
        cmocka_unit_test(accepts_windows_of_32_octets_and_none_longer),
        cmocka_unit_test(takes_an_soa_apart),
        cmocka_unit_test(compares_serials_as_in_rfc_1982),
        cmocka_unit_test(names_rcodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
