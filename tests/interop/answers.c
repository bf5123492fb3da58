/* What a message says, in a form that can be compared: sorted sections without compression. */
#include <stdio.h>
#include <stdlib.h>

#include "nodes/dns/rdata.h"
#include "tests/interop/ask.h"

int ask_record_compare(const struct ask_record *a, const struct ask_record *b)
{
    int order = name_compare(a->owner, b->owner);
    if (order == 0)
        order = (a->type > b->type) - (a->type < b->type);
    if (order == 0)
        order = (a->ttl > b->ttl) - (a->ttl < b->ttl);
    if (order == 0)
        order = rdata_compare(a->type, a->rdata, b->rdata);
    return order;
}

static int compare(const void *a, const void *b)
{
    return ask_record_compare(a, b);
}

static void add(struct arena *arena, struct ask_section *section, const struct rr *rr)
{
    uint8_t owner[NAME_SIZE_MAX];
    size_t size = name_lower(rr->owner, owner);
    section->records[section->count++] = (struct ask_record){
        .owner = arena_copy(arena, owner, size),
        .type = rr->type,
        .ttl = rr->ttl,
        .rdata = bytes_of(arena_copy(arena, rr->rdata.data, rr->rdata.size), rr->rdata.size),
    };
}

/* True: a record was there twice. */
static bool sort(struct ask_section *section)
{
    size_t kept = 0;
    qsort(section->records, section->count, sizeof *section->records, compare);
    for (size_t i = 0; i < section->count; i++)
        if (kept == 0 || compare(&section->records[kept - 1], &section->records[i]) != 0)
            section->records[kept++] = section->records[i];
    bool twice = kept < section->count;
    section->count = kept;
    return twice;
}

/* RFC 9471 section 3: the addresses of servers whose names lie below the delegation. */
static bool is_needed_glue(const struct ask_section *authority, const struct ask_record *record)
{
    for (size_t i = 0; i < authority->count; i++)
        if (authority->records[i].type == RR_NS &&
            name_equal(authority->records[i].rdata.data, record->owner) &&
            name_is_under(record->owner, authority->records[i].owner))
            return record->type == RR_A || record->type == RR_AAAA;
    return false;
}

static void keep_needed_glue(struct ask_answer *answer)
{
    struct ask_section *additional = &answer->sections[SECTION_ADDITIONAL];
    size_t kept = 0;
    for (size_t i = 0; i < additional->count; i++)
        if (!answer->authoritative &&
            is_needed_glue(&answer->sections[SECTION_AUTHORITY], &additional->records[i]))
            additional->records[kept++] = additional->records[i];
    additional->count = kept;
}

bool ask_answer_read(struct arena *arena, struct bytes bytes, struct ask_answer *out)
{
    static struct message_cursor cursor;
    struct message message;
    struct rr rr;
    memset(out, 0, sizeof *out);
    if (message_parse(&message, bytes) != MESSAGE_OK)
        return false;
    out->received = true;
    out->rcode = message.rcode;
    out->authoritative = message.flags & FLAG_AA;
    out->truncated = message.flags & FLAG_TC;
    out->edns = message.edns.present;
    out->version = message.edns.version;
    out->flags = message.flags & (FLAG_RD | FLAG_RA | FLAG_AD | FLAG_CD);
    out->size = bytes.size;
    for (int i = 0; i < SECTION_COUNT; i++)
        out->sections[i].records =
            arena_alloc(arena, (message.counts[i] + 1u) * sizeof(struct ask_record));
    message_cursor_start(&cursor, &message);
    while (message_next(&cursor, &rr))
        if (rr.type != RR_OPT)
            add(arena, &out->sections[cursor.section], &rr);
    for (int i = 0; i < SECTION_COUNT; i++)
        out->twice = sort(&out->sections[i]) || out->twice;
    keep_needed_glue(out);
    return true;
}

const char *ask_answer_fault(const struct ask_question *question, const struct ask_answer *answer)
{
    bool edns = question->udp_size != ASK_EDNS_NONE || question->edns_zero;
    size_t most = question->udp_size < 512 ? 512 : question->udp_size;
    if (!answer->received)
        return "no answer";
    if (!answer->echoed)
        return "another question";
    if (answer->twice)
        return "a record twice in a section (RFC 2181 section 5)";
    if ((answer->flags & FLAG_RD) != (question->flags & FLAG_RD))
        return "RD is not that of the question (RFC 1035 section 4.1.1)";
    if (answer->flags & FLAG_RA)
        return "RA, without recursion (RFC 1035 section 4.1.1)";
    if (answer->flags & (FLAG_AD | FLAG_CD))
        return "AD or CD (RFC 4035 section 3.1.6)";
    if (answer->edns != edns || answer->version != 0)
        return "EDNS where there was none, or the other way around (RFC 6891 section 6.1.1)";
    if (edns && (answer->rcode == RCODE_BADVERS) != (question->edns_version > 0))
        return "BADVERS and the version do not fit (RFC 6891 section 6.1.3)";
    if (!question->tcp && answer->size > most)
        return "longer than what the question allows (RFC 6891 section 6.2.3)";
    return NULL;
}

bool ask_section_equal(const struct ask_section *a, const struct ask_section *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (compare(&a->records[i], &b->records[i]) != 0)
            return false;
    return true;
}

size_t ask_section_count(const struct ask_section *section, uint16_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < section->count; i++)
        count += type == 0 || section->records[i].type == type;
    return count;
}

void ask_answer_print(const char *server, const struct ask_answer *answer)
{
    static const char *const sections[] = {"answer", "authority", "additional"};
    char rcode[16], name[NAME_TEXT_SIZE], type[16];
    if (!answer->received) {
        printf("  %-5s no answer\n", server);
        return;
    }
    printf("  %-5s %s%s%s%s%s%s%s%s, %zu octets\n", server, rcode_to_text(answer->rcode, rcode),
           answer->authoritative ? " AA" : "", answer->truncated ? " TC" : "",
           answer->flags & FLAG_RD ? " RD" : "", answer->flags & FLAG_RA ? " RA" : "",
           answer->flags & FLAG_AD ? " AD" : "", answer->flags & FLAG_CD ? " CD" : "",
           answer->edns ? " EDNS" : "", answer->size);
    for (int i = 0; i < SECTION_COUNT; i++)
        for (size_t j = 0; j < answer->sections[i].count; j++) {
            const struct ask_record *record = &answer->sections[i].records[j];
            printf("        %s %s %u %s ", sections[i], name_to_text(record->owner, name),
                   record->ttl, rr_type_to_text(record->type, type));
            for (size_t k = 0; k < record->rdata.size && k < 24; k++)
                printf("%02x", record->rdata.data[k]);
            printf("\n");
        }
}
