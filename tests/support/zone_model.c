#include "tests/support/zone_model.h"
#include "nodes/dns/rdata.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

uint8_t model_names[MODEL_NAMES][NAME_SIZE_MAX];

static const uint8_t origin[] = "\7example";

/* ---- names and records -------------------------------------------------------------------- */

/* Some label in front of a name drawn before, so that names nest and share parts. */
static size_t draw_name(struct random *random, size_t drawn, uint8_t *out)
{
    static const char *const labels[] = {"a",  "B",    "ab", "*",        "_t", "\1",
                                         "-",  "\377", "a-", "\200\200", "0",  "a.b",
                                         "9z", "{",    "@",  "abcdefgh"};
    const char *label = labels[random_below(random, 16)];
    return name_prepend(bytes_of_text(label), model_names[random_below(random, (uint32_t)drawn)],
                        out);
}

void model_names_draw(struct random *random)
{
    name_copy(origin, model_names[0]);
    for (size_t i = 1; i < MODEL_NAMES;) {
        bool fresh = draw_name(random, i, model_names[i]) > 0;
        for (size_t k = 0; k < i; k++)
            fresh = fresh && !name_equal(model_names[i], model_names[k]);
        i += fresh;
    }
}

static void draw_record(struct random *random, struct model_record *record)
{
    static const struct {
        uint16_t type;
        const char *rdata[3];
        uint8_t size;
    } kinds[] = {
        {RR_A, {"\1\1\1\1", "\1\1\1\2", "\0\1\1\1"}, 4},
        {RR_NS, {"\1a\1b", "\1A\1c", "\1b\0"}, 5},
        {RR_MX, {"\0\1\1X", "\0\1\1y", "\0\2\1x"}, 5},
        {RR_TXT, {"\2ab", "\2AB", "\1c"}, 3},
        {RR_DNAME, {"\1x", "\1x", "\1x"}, 3},
        {RR_SRV, {"\0\0\0\0\0\1\1s", "\0\0\0\0\0\1\1T", "\0\0\0\0\0\2\1s"}, 9},
    };
    size_t kind = random_below(random, 6);
    const char *rdata = kinds[kind].rdata[random_below(random, 3)];
    *record = (struct model_record){.name = (uint8_t)random_below(random, MODEL_NAMES),
                                    .type = kinds[kind].type,
                                    .ttl = 60 + 60 * random_below(random, 2),
                                    .rdata_size = kinds[kind].size};
    if (kinds[kind].type == RR_TXT && rdata[0] == 1)
        record->rdata_size = 2;
    if (kinds[kind].type == RR_NS && rdata[2] == '\0')
        record->rdata_size = 3;
    memcpy(record->rdata, rdata, record->rdata_size);
}

static struct rr as_rr(const struct model_record *record)
{
    return (struct rr){.owner = model_names[record->name],
                       .type = record->type,
                       .class = CLASS_IN,
                       .ttl = record->ttl,
                       .rdata = bytes_of(record->rdata, record->rdata_size)};
}

static struct rr soa_of(const struct zone_model *model, uint8_t rdata[22])
{
    memset(rdata, 0, 22);
    bytes_put_u32(rdata + 2, model->serial);
    return (struct rr){
        .owner = origin, .type = RR_SOA, .class = CLASS_IN, .ttl = 60, .rdata = {rdata, 22}};
}

static struct model_record *find(struct zone_model *model, const struct model_record *record)
{
    for (size_t i = 0; i < model->count; i++) {
        struct model_record *other = &model->records[i];
        if (other->name == record->name && other->type == record->type &&
            rdata_compare(record->type, bytes_of(other->rdata, other->rdata_size),
                          bytes_of(record->rdata, record->rdata_size)) == 0)
            return other;
    }
    return NULL;
}

/* ---- changes ------------------------------------------------------------------------------ */

static void add(struct zone_model *model, struct zone_edit *edit, const struct model_record *record)
{
    struct rr rr = as_rr(record);
    bool is_present = find(model, record) != NULL;
    if (model->count == MODEL_RECORDS_MAX)
        return;
    for (size_t i = 0; i < model->count; i++)
        if (model->records[i].name == record->name && model->records[i].type == record->type)
            model->records[i].ttl = record->ttl;
    if (!is_present)
        model->records[model->count++] = *record;
    assert_int_equal(zone_edit_add(edit, &rr), is_present ? ZONE_EDIT_PRESENT : ZONE_EDIT_OK);
}

static void remove_one(struct zone_model *model, struct zone_edit *edit,
                       const struct model_record *record)
{
    struct rr rr = as_rr(record);
    struct model_record *found = find(model, record);
    if (found)
        *found = model->records[--model->count];
    assert_int_equal(zone_edit_remove(edit, &rr), found ? ZONE_EDIT_OK : ZONE_EDIT_ABSENT);
}

static void remove_set(struct zone_model *model, struct zone_edit *edit,
                       const struct model_record *record)
{
    size_t before = model->count;
    for (size_t i = model->count; i-- > 0;)
        if (model->records[i].name == record->name && model->records[i].type == record->type)
            model->records[i] = model->records[--model->count];
    assert_int_equal(zone_edit_remove_rrset(edit, model_names[record->name], record->type),
                     model->count < before ? ZONE_EDIT_OK : ZONE_EDIT_ABSENT);
}

void model_change(struct zone_model *model, struct zone_edit *edit, struct random *random)
{
    struct model_record record;
    draw_record(random, &record);
    if (model->count > 0 && random_below(random, 2) > 0) {
        record = model->records[random_below(random, (uint32_t)model->count)];
        record.ttl = 60 + 60 * random_below(random, 2);
    }
    switch (random_below(random, 5)) {
    case 0:
    case 1:
        remove_one(model, edit, &record);
        return;
    case 2:
        remove_set(model, edit, &record);
        return;
    case 3:
    case 4:
        add(model, edit, &record);
        return;
    }
}

struct zone *model_zone(const struct zone_model *model, struct random *random)
{
    uint8_t soa_rdata[22];
    size_t order[MODEL_RECORDS_MAX];
    struct zone_edit *edit = zone_edit_begin_empty(origin);
    struct rr soa = soa_of(model, soa_rdata);
    for (size_t i = 0; i < model->count; i++) {
        size_t k = random_below(random, (uint32_t)i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (size_t i = 0; i < model->count; i++) {
        struct rr rr = as_rr(&model->records[order[i]]);
        assert_int_equal(zone_edit_add(edit, &rr), ZONE_EDIT_OK);
    }
    assert_int_equal(zone_edit_add(edit, &soa), ZONE_EDIT_OK);
    struct zone *zone = zone_edit_finish(edit);
    assert_non_null(zone);
    return zone;
}

/* ---- checks ------------------------------------------------------------------------------- */

static bool has_type(const struct zone_model *model, size_t name, uint16_t type)
{
    for (size_t i = 0; i < model->count; i++)
        if (model->records[i].name == name && (type == RR_ANY || model->records[i].type == type))
            return true;
    return name == 0 && type == RR_ANY; /* the SOA */
}

/* The neighbour of NAME among the model's owners: the last before (SIGN -1) or first after (+1). */
static const uint8_t *neighbour(const struct zone_model *model, const uint8_t *name, int sign)
{
    const uint8_t *best = NULL;
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        const uint8_t *other = model_names[i];
        if (has_type(model, i, RR_ANY) && name_compare(other, name) * sign > 0 &&
            (!best || name_compare(other, best) * sign < 0))
            best = other;
    }
    return best;
}

static void check_same_name(const struct zone_node *node, const uint8_t *name)
{
    assert_int_equal(node != NULL, name != NULL);
    if (node)
        assert_true(name_equal(node->name, name));
}

static void check_search(const struct zone_model *model, const struct zone *zone,
                         const uint8_t *name)
{
    struct zone_search search;
    size_t labels = 0;
    const uint8_t *cut = NULL;
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        if (!has_type(model, i, RR_ANY))
            continue;
        size_t common = name_common_labels(model_names[i], name);
        labels = common > labels ? common : labels;
        bool is_cut = (i > 0 && has_type(model, i, RR_NS)) || has_type(model, i, RR_DNAME);
        if (is_cut && name_is_under(name, model_names[i]) &&
            (!cut || name_is_under(cut, model_names[i])))
            cut = model_names[i];
    }
    zone_search(zone, name, &search);
    assert_int_equal(search.encloser_labels, labels);
    check_same_name(search.cut, cut);
    assert_ptr_equal(search.node, zone_find(zone, name));
    assert_int_equal(zone_name_exists(zone, name), labels == name_label_count(name));
}

static void check_order(const struct zone *zone)
{
    struct zone_walk walk = {.zone = zone};
    struct rr rr;
    size_t count = 0;
    const uint8_t *before = NULL;
    for (; zone_walk_next(&walk, &rr); before = rr.owner, count++) {
        assert_int_equal(rr.type == RR_SOA, count == 0);
        assert_true(!before || name_compare(before, rr.owner) <= 0);
    }
    assert_int_equal(count, zone_record_count(zone));
}

static void check_record(const struct zone *zone, const struct model_record *record)
{
    const struct zone_node *node = zone_find(zone, model_names[record->name]);
    assert_non_null(node);
    const struct rrset *set = zone_node_get(node, record->type);
    assert_non_null(set);
    assert_int_equal(set->ttl, record->ttl);
    struct bytes rdata;
    for (size_t at = 0; rrset_next(set, &at, &rdata);)
        if (rdata_compare(set->type, rdata, bytes_of(record->rdata, record->rdata_size)) == 0)
            return;
    fail_msg("a record is missing");
}

void model_check(const struct zone_model *model, const struct zone *zone)
{
    struct random order = {.key = model->serial};
    size_t owners = 0;
    assert_int_equal(zone_record_count(zone), model->count + 1);
    for (size_t i = 0; i < model->count; i++)
        check_record(zone, &model->records[i]);
    for (size_t i = 0; i < MODEL_NAMES; i++) {
        const uint8_t *name = model_names[i];
        const struct zone_node *node = zone_find(zone, name);
        assert_int_equal(node != NULL, has_type(model, i, RR_ANY));
        owners += node != NULL;
        check_same_name(zone_before(zone, name), neighbour(model, name, -1));
        check_same_name(zone_after(zone, name), neighbour(model, name, 1));
        check_same_name(zone_at_or_before(zone, name), node ? name : neighbour(model, name, -1));
        check_search(model, zone, name);
    }
    assert_int_equal(zone_node_count(zone), owners);
    check_order(zone);
    struct zone *fresh = model_zone(model, &order);
    uint8_t digest[16], fresh_digest[16];
    zone_digest(zone, digest);
    zone_digest(fresh, fresh_digest);
    assert_memory_equal(digest, fresh_digest, 16);
    assert_int_equal(zone_wire_size(zone), zone_wire_size(fresh));
    assert_true(zone_equal(zone, fresh));
    assert_int_equal(zone_has_cuts(zone), zone_has_cuts(fresh));
    zone_release(fresh);
}
