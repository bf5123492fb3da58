/*
 * A zone as a plain list of records, changed and compared the slow way, against
 * which zone versions and their differences are checked.
 */
#ifndef TESTS_SUPPORT_ZONE_MODEL_H
#define TESTS_SUPPORT_ZONE_MODEL_H

#include "nodes/dns/zone.h"
#include "sim/base/random.h"

enum { MODEL_RECORDS_MAX = 400, MODEL_NAMES = 60 };

struct model_record {
    uint8_t name; /* index in the model's names */
    uint16_t type;
    uint32_t ttl;
    uint8_t rdata[16];
    uint8_t rdata_size;
};

struct zone_model {
    uint32_t serial;
    size_t count;
    struct model_record records[MODEL_RECORDS_MAX];
};

/* Owners of all models: 0 is the apex, "example."; letters of both cases, odd octets, nesting. */
extern uint8_t model_names[MODEL_NAMES][NAME_SIZE_MAX];
void model_names_draw(struct random *random);

/* Changes MODEL and EDIT alike once, at random; checks that EDIT tells the same result. */
void model_change(struct zone_model *model, struct zone_edit *edit, struct random *random);

/* The zone that MODEL describes, its records added in random order. */
struct zone *model_zone(const struct zone_model *model, struct random *random);

/* Compares all that can be asked of ZONE with what MODEL says. */
void model_check(const struct zone_model *model, const struct zone *zone);

#endif
