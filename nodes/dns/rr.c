/*
 * What the protocol must know about each RR type: its mnemonic and where names
 * stand in its RDATA (RFC 1035, 3597, 4034 and the types' own). Presentation
 * format of RDATA is zonefile.c's.
 */
#include "nodes/dns/rr.h"

#include <stdio.h>
#include <strings.h>

struct type_entry {
    const char *mnemonic;
    const char *form;
};

/* IANA's registry of RR types. Meta types that never hold RDATA have no form. */
static const struct type_entry low_types[] = {
    [1] = {"A", "4"},           [2] = {"NS", "n"},         [3] = {"MD", "n"},
    [4] = {"MF", "n"},          [5] = {"CNAME", "n"},      [6] = {"SOA", "nn992"},
    [7] = {"MB", "n"},          [8] = {"MG", "n"},         [9] = {"MR", "n"},
    [10] = {"NULL", "*"},       [11] = {"WKS", "5*"},      [12] = {"PTR", "n"},
    [13] = {"HINFO", "ss"},     [14] = {"MINFO", "nn"},    [15] = {"MX", "2n"},
    [16] = {"TXT", "S"},        [17] = {"RP", "NN"},       [18] = {"AFSDB", "2N"},
    [19] = {"X25", "s"},        [20] = {"ISDN", "S"},      [21] = {"RT", "2N"},
    [22] = {"NSAP", "*"},       [23] = {"NSAP-PTR", "N"},  [24] = {"SIG", "99N*"},
    [25] = {"KEY", "4*"},       [26] = {"PX", "2NN"},      [27] = {"GPOS", "sss"},
    [28] = {"AAAA", "88"},      [29] = {"LOC", "1*"},      [30] = {"NXT", "N*"},
    [31] = {"EID", "*"},        [32] = {"NIMLOC", "*"},    [33] = {"SRV", "6N"},
    [34] = {"ATMA", "*"},       [35] = {"NAPTR", "4sssN"}, [36] = {"KX", "2N"},
    [37] = {"CERT", "5*"},      [38] = {"A6", "*"},        [39] = {"DNAME", "N"},
    [40] = {"SINK", "*"},       [41] = {"OPT", "*"},       [42] = {"APL", "*"},
    [43] = {"DS", "4*"},        [44] = {"SSHFP", "2*"},    [45] = {"IPSECKEY", "3*"},
    [46] = {"RRSIG", "99N*"},   [47] = {"NSEC", "Nb"},     [48] = {"DNSKEY", "4*"},
    [49] = {"DHCID", "*"},      [50] = {"NSEC3", "4ssb"},  [51] = {"NSEC3PARAM", "4s"},
    [52] = {"TLSA", "3*"},      [53] = {"SMIMEA", "3*"},   [55] = {"HIP", "4*"},
    [56] = {"NINFO", "S"},      [57] = {"RKEY", "4*"},     [58] = {"TALINK", "NN"},
    [59] = {"CDS", "4*"},       [60] = {"CDNSKEY", "4*"},  [61] = {"OPENPGPKEY", "*"},
    [62] = {"CSYNC", "6b"},     [63] = {"ZONEMD", "6*"},   [64] = {"SVCB", "2N*"},
    [65] = {"HTTPS", "2N*"},    [66] = {"DSYNC", "5N"},    [67] = {"HHIT", "*"},
    [68] = {"BRID", "*"},       [99] = {"SPF", "S"},       [100] = {"UINFO", "*"},
    [101] = {"UID", "*"},       [102] = {"GID", "*"},      [103] = {"UNSPEC", "*"},
    [104] = {"NID", "28"},      [105] = {"L32", "24"},     [106] = {"L64", "28"},
    [107] = {"LP", "2N"},       [108] = {"EUI48", "6"},    [109] = {"EUI64", "8"},
    [128] = {"NXNAME", "*"},    [249] = {"TKEY", "N*"},    [250] = {"TSIG", "N*"},
    [251] = {"IXFR", "*"},      [252] = {"AXFR", "*"},     [253] = {"MAILB", "*"},
    [254] = {"MAILA", "*"},     [255] = {"ANY", "*"},      [256] = {"URI", "4*"},
    [257] = {"CAA", "1s*"},     [258] = {"AVC", "S"},      [259] = {"DOA", "*"},
    [260] = {"AMTRELAY", "2*"}, [261] = {"RESINFO", "S"},  [262] = {"WALLET", "S"},
    [263] = {"CLA", "S"},       [264] = {"IPN", "8"},
};

enum { LOW_TYPE_COUNT = sizeof low_types / sizeof low_types[0] };

static const struct {
    uint16_t type;
    struct type_entry entry;
} high_types[] = {
    {32768, {"TA", "4*"}},
    {32769, {"DLV", "4*"}},
};

enum { HIGH_TYPE_COUNT = sizeof high_types / sizeof high_types[0] };

static struct type_entry type_entry(uint16_t type)
{
    if (type < LOW_TYPE_COUNT)
        return low_types[type];
    for (size_t i = 0; i < HIGH_TYPE_COUNT; i++)
        if (high_types[i].type == type)
            return high_types[i].entry;
    return (struct type_entry){NULL, NULL};
}

const char *rr_rdata_form(uint16_t type)
{
    const char *form = type_entry(type).form;
    return form ? form : "*";
}

static bool are_strings(const uint8_t *data, size_t left)
{
    if (left == 0)
        return false;
    while (left > 0) {
        size_t size = 1u + data[0];
        if (size > left)
            return false;
        data += size;
        left -= size;
    }
    return true;
}

static bool is_bitmap(const uint8_t *data, size_t left)
{
    int window_before = -1;
    while (left > 0) {
        if (left < 2 || data[0] <= window_before || data[1] < 1 || data[1] > 32 ||
            left < 2u + data[1])
            return false;
        window_before = data[0];
        left -= 2u + data[1];
        data += 2u + data[1];
    }
    return true;
}

size_t rr_step_size(char step, const uint8_t *data, size_t left)
{
    switch (step) {
    case '*':
        return left;
    case 's':
        return left > 0 && data[0] < left ? 1u + data[0] : RR_STEP_BAD;
    case 'S':
        return are_strings(data, left) ? left : RR_STEP_BAD;
    case 'b':
        return is_bitmap(data, left) ? left : RR_STEP_BAD;
    default:
        return (size_t)(step - '0') <= left ? (size_t)(step - '0') : RR_STEP_BAD;
    }
}

bool rr_rdata_is_valid(uint16_t type, struct bytes rdata)
{
    const uint8_t *data = rdata.data;
    size_t left = rdata.size;
    for (const char *form = rr_rdata_form(type); *form; form++) {
        size_t size;
        if (*form != 'n' && *form != 'N')
            size = rr_step_size(*form, data, left);
        else if (!name_is_valid(data, left, &size))
            return false;
        if (size == RR_STEP_BAD)
            return false;
        if (size > 0)
            data += size;
        left -= size;
    }
    return left == 0;
}

bool rr_soa_parse(struct bytes rdata, struct soa *out)
{
    size_t mname_size, rname_size;
    if (!name_is_valid(rdata.data, rdata.size, &mname_size) ||
        !name_is_valid(rdata.data + mname_size, rdata.size - mname_size, &rname_size) ||
        rdata.size - mname_size - rname_size != 20)
        return false;
    const uint8_t *p = rdata.data + mname_size + rname_size;
    *out = (struct soa){
        .mname = rdata.data,
        .rname = rdata.data + mname_size,
        .serial = bytes_get_u32(p),
        .refresh = bytes_get_u32(p + 4),
        .retry = bytes_get_u32(p + 8),
        .expire = bytes_get_u32(p + 12),
        .minimum = bytes_get_u32(p + 16),
    };
    return true;
}

const char *rr_type_to_text(uint16_t type, char out[16])
{
    const char *mnemonic = type_entry(type).mnemonic;
    if (mnemonic)
        return mnemonic;
    snprintf(out, 16, "TYPE%u", (unsigned)type);
    return out;
}

static bool text_is(struct bytes text, const char *mnemonic)
{
    return mnemonic && strlen(mnemonic) == text.size &&
           strncasecmp(mnemonic, (const char *)text.data, text.size) == 0;
}

/* "TYPE65280" (RFC 3597 section 5); 0: not of this form. */
static uint16_t numbered_type(struct bytes text)
{
    uint32_t value = 0;
    if (text.size < 5 || text.size > 9 || strncasecmp("TYPE", (const char *)text.data, 4) != 0)
        return 0;
    for (size_t i = 4; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return 0;
        value = value * 10 + (uint32_t)(text.data[i] - '0');
    }
    return value <= UINT16_MAX ? (uint16_t)value : 0;
}

uint16_t rr_type_from_text(struct bytes text)
{
    for (uint16_t i = 0; i < LOW_TYPE_COUNT; i++)
        if (text_is(text, low_types[i].mnemonic))
            return i;
    for (size_t i = 0; i < HIGH_TYPE_COUNT; i++)
        if (text_is(text, high_types[i].entry.mnemonic))
            return high_types[i].type;
    return numbered_type(text);
}

const char *rcode_to_text(unsigned rcode, char out[16])
{
    static const char *const mnemonics[] = {
        "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",   "REFUSED",
        "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE",  "DSOTYPENI",
        NULL,       NULL,      NULL,       NULL,       "BADVERS",  "BADKEY",
        "BADTIME",  "BADMODE", "BADNAME",  "BADALG",   "BADTRUNC", "BADCOOKIE",
    };
    if (rcode < sizeof mnemonics / sizeof mnemonics[0] && mnemonics[rcode])
        return mnemonics[rcode];
    snprintf(out, 16, "RCODE%u", rcode & 0xffffu);
    return out;
}
