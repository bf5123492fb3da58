/* What a message says, in a form that can be compared: sorted sections without compression. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/interop/ask.h"

int ask_record_compare(const struct ask_record *a, const struct ask_record *b)
{
    int order = name_compare(a->owner, b->owner);
    if (order == 0)
        order = (a->type > b->type) - (a->type < b->type);
    if (order == 0)
        order = (a->ttl > b->ttl) - (a->ttl < b->ttl);
    size_t shorter = a->rdata.size < b->rdata.size ? a->rdata.size : b->rdata.size;
    if (order == 0 && shorter > 0)
        order = memcmp(a->rdata.data, b->rdata.data, shorter);
    if (order == 0)
        order = (a->rdata.size > b->rdata.size) - (a->rdata.size < b->rdata.size);
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

static void sort(struct ask_section *section)
{
    size_t kept = 0;
    qsort(section->records, section->count, sizeof *section->records, compare);
    for (size_t i = 0; i < section->count; i++)
        if (kept == 0 || compare(&section->records[kept - 1], &section->records[i]) != 0)
            section->records[kept++] = section->records[i];
    section->count = kept;
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
    for (int i = 0; i < SECTION_COUNT; i++)
        out->sections[i].records =
            arena_alloc(arena, (message.counts[i] + 1u) * sizeof(struct ask_record));
    message_cursor_start(&cursor, &message);
    while (message_next(&cursor, &rr))
        if (rr.type != RR_OPT)
            add(arena, &out->sections[cursor.section], &rr);
    for (int i = 0; i < SECTION_COUNT; i++)
        sort(&out->sections[i]);
    return true;
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
    printf("  %-5s %s%s%s\n", server, rcode_to_text(answer->rcode, rcode),
           answer->authoritative ? " AA" : "", answer->truncated ? " TC" : "");
    for (int i = 0; i < SECTION_ADDITIONAL; i++)
        for (size_t j = 0; j < answer->sections[i].count; j++) {
            const struct ask_record *record = &answer->sections[i].records[j];
            printf("        %s %s %u %s ", sections[i], name_to_text(record->owner, name),
                   record->ttl, rr_type_to_text(record->type, type));
            for (size_t k = 0; k < record->rdata.size && k < 24; k++)
                printf("%02x", record->rdata.data[k]);
            printf("\n");
        }
}
