/*
 * The timeline: changes, faults and recoveries as actions on the run's stage.
 *
 * Changes are parsed before anything runs, so that a mistake in a record has its
 * file and line; whether a change fits the zone as it will be then, only the
 * server can say, and it leaves a note.
 */
#include "scenarios/stage/internal.h"

#include "nodes/dns/zonefile.h"

struct cue {
    struct stage *stage;
    const struct scenario_event *event;
    size_t change;                    /* of a change: its index in the stage's changes */
    struct stage_change *made;        /* the same, while it is being made */
    struct server_change_step *steps; /* those of the change */
};

/* No TTL in a file is so high (RFC 2181 section 8). */
static const uint32_t NO_TTL = UINT32_MAX;

static bool keep_step(struct cue *cue, enum server_change_kind kind, const struct rr *rr)
{
    struct arena *arena = cue->stage->arena;
    struct rr kept = *rr;
    kept.owner = arena_copy(arena, rr->owner, name_size(rr->owner));
    kept.rdata.data = arena_copy(arena, rr->rdata.data, rr->rdata.size);
    bool without_ttl = rr->ttl == NO_TTL;
    if (without_ttl)
        kept.ttl = cue->stage->zones[cue->event->zone.index].default_ttl;
    cue->steps[cue->made->change.step_count++] =
        (struct server_change_step){kind, kept, without_ttl};
    return true;
}

static bool parse_record(struct cue *cue, const struct scenario_text *text,
                         enum server_change_kind kind)
{
    uint8_t owner[NAME_SIZE_MAX];
    static uint8_t rdata[65535];
    char error[200] = "";
    struct rr rr;
    if (zonefile_parse_rr(bytes_of_text(text->text), cue->made->change.origin, NO_TTL, owner, rdata,
                          &rr, error))
        return keep_step(cue, kind, &rr);
    diagnostics_error(cue->stage->diagnostics, text->place, "'%s' is not a record: %s", text->text,
                      error);
    return false;
}

/* "www" or "www A": an owner, and perhaps a type. False if TEXT has more than that. */
static bool parse_rrset(struct cue *cue, const struct scenario_text *text)
{
    const char *space = strpbrk(text->text, " \t");
    size_t owner_size = space ? (size_t)(space - text->text) : strlen(text->text);
    const char *rest = space ? space + strspn(space, " \t") : "";
    uint16_t type = *rest ? rr_type_from_text(bytes_of_text(rest)) : RR_ANY;
    uint8_t owner[NAME_SIZE_MAX];
    const char *error = NULL;
    if (type == 0 ||
        !name_from_text(bytes_of(text->text, owner_size), cue->made->change.origin, owner, &error))
        return false;
    struct rr rr = {.owner = owner, .type = type, .class = CLASS_IN};
    return keep_step(cue, SERVER_CHANGE_REMOVE_RRSET, &rr);
}

static bool touches_soa(const struct server_change_step *step, const uint8_t *origin)
{
    return name_equal(step->rr.owner, origin) &&
           (step->rr.type == RR_SOA || step->rr.type == RR_ANY);
}

/* A zone without SOA is none: who takes it away must bring another. */
static bool keeps_soa(struct cue *cue)
{
    const struct server_change *change = &cue->made->change;
    bool gone = false;
    for (size_t i = 0; i < change->step_count; i++)
        if (touches_soa(&cue->steps[i], change->origin))
            gone = cue->steps[i].kind != SERVER_CHANGE_ADD;
    if (gone)
        diagnostics_error(cue->stage->diagnostics, cue->event->place,
                          "the change takes the SOA record away, expected it to stay or another "
                          "one under 'add'");
    return !gone;
}

/* Withdrawing takes away all that stands at the member's node. */
static void list_members(struct cue *cue, const struct reference_list *members,
                         enum server_change_kind kind)
{
    struct stage *stage = cue->stage;
    for (size_t i = 0; i < members->count; i++) {
        struct rr rr = stage_catalog_member(stage, cue->made->change.origin,
                                            stage->zones[members->items[i].index].origin);
        if (kind == SERVER_CHANGE_REMOVE_RRSET)
            rr.type = RR_ANY;
        keep_step(cue, kind, &rr);
    }
}

/* NULL: not said to a server about a zone. */
static const char *command_of(enum scenario_action action)
{
    switch (action) {
    case ACTION_CHANGE:
        return SERVER_COMMAND_CHANGE;
    case ACTION_TRANSFER:
        return SERVER_COMMAND_TRANSFER;
    case ACTION_REFRESH:
        return SERVER_COMMAND_REFRESH;
    case ACTION_NOTIFY:
        return SERVER_COMMAND_NOTIFY;
    case ACTION_FREEZE:
        return SERVER_COMMAND_FREEZE;
    case ACTION_THAW:
        return SERVER_COMMAND_THAW;
    case ACTION_RELOAD:
        return SERVER_COMMAND_RELOAD;
    case ACTION_FAIL:
    case ACTION_RECOVER:
    case ACTION_STOP:
    case ACTION_SKEW:
    case ACTION_RENEW:
    case ACTION_BLOCK_TCP:
        break;
    }
    return NULL;
}

struct bytes stage_command_bytes(const struct stage_change *change)
{
    bool whole = strcmp(change->command, SERVER_COMMAND_CHANGE) == 0 ||
                 strcmp(change->command, SERVER_COMMAND_RELOAD) == 0;
    const uint8_t *origin = change->change.origin;
    return whole ? bytes_of(&change->change, sizeof change->change)
                 : bytes_of(origin, name_size(origin));
}

static bool parse_change(struct cue *cue)
{
    const struct scenario_event *event = cue->event;
    cue->steps = arena_alloc(cue->stage->arena, (event->add.count + event->remove.count +
                                                 event->enroll.count + event->withdraw.count + 1) *
                                                    sizeof *cue->steps);
    struct stage *stage = cue->stage;
    memory_reserve(stage->changes, stage->change_count, stage->change_capacity);
    cue->change = stage->change_count++;
    cue->made = &stage->changes[cue->change];
    *cue->made = (struct stage_change){
        .at_ns = event->at_ns,
        .event = event,
        .command = command_of(event->action),
        .on = event->on,
        .change = {.origin = cue->stage->zones[event->zone.index].origin,
                   .steps = cue->steps,
                   .has_serial = event->has_serial,
                   .serial = event->serial},
    };
    if (event->action == ACTION_RELOAD)
        cue->made->change.replacement =
            stage_load_version(stage, &event->version, &cue->made->change.broken);
    bool good = true;
    for (size_t i = 0; i < event->remove.count; i++)
        good = (parse_rrset(cue, &event->remove.items[i]) ||
                parse_record(cue, &event->remove.items[i], SERVER_CHANGE_REMOVE)) &&
               good;
    for (size_t i = 0; i < event->add.count; i++)
        good = parse_record(cue, &event->add.items[i], SERVER_CHANGE_ADD) && good;
    list_members(cue, &event->withdraw, SERVER_CHANGE_REMOVE_RRSET);
    list_members(cue, &event->enroll, SERVER_CHANGE_ADD);
    return keeps_soa(cue) && good;
}

/* ---- when the time comes ------------------------------------------------------------------- */

static void tell_server(struct cue *cue)
{
    const struct stage_change *made = &cue->stage->changes[cue->change];
    for (size_t i = 0; i < cue->stage->member_count; i++)
        if (stage_is_meant(&cue->stage->members[i], &made->on))
            sim_command(cue->stage->members[i].hosts[0], made->command, stage_command_bytes(made));
}

static void for_hosts(struct cue *cue, void (*act)(struct sim_host *host))
{
    for (size_t i = 0; i < cue->stage->member_count; i++) {
        const struct stage_member *member = &cue->stage->members[i];
        for (uint32_t k = 0; stage_is_meant(member, &cue->event->target) && k < member->host_count;
             k++)
            act(member->hosts[k]);
    }
}

static void fail(struct cue *cue, bool down)
{
    struct sim *sim = cue->stage->sim;
    const struct reference *target = &cue->event->target;
    if (target->kind == REFERENCE_NONE) {
        const struct reference *ends = cue->event->link.items;
        (down ? sim_fail_link : sim_recover_link)(sim, ends[0].index, ends[1].index);
    } else if (target->kind == REFERENCE_SITE) {
        (down ? sim_fail_site : sim_recover_site)(sim, target->index);
    } else {
        for_hosts(cue, down ? sim_fail_host : sim_recover_host);
    }
}

static void skew(struct cue *cue)
{
    for (size_t i = 0; i < cue->stage->member_count; i++) {
        const struct stage_member *member = &cue->stage->members[i];
        if (stage_is_meant(member, &cue->event->target))
            sim_skew_host(member->hosts[0], cue->event->by_ns);
    }
}

/* The server finds the certificate by itself; it is told so that it can say so. */
static void renew(struct cue *cue)
{
    for (size_t i = 0; i < cue->stage->member_count; i++) {
        const struct stage_member *member = &cue->stage->members[i];
        if (stage_is_meant(member, &cue->event->target))
            sim_command(member->hosts[0], SERVER_COMMAND_CERTIFICATE, (struct bytes){0});
    }
}

static void perform(void *context)
{
    struct cue *cue = context;
    switch (cue->event->action) {
    case ACTION_CHANGE:
    case ACTION_TRANSFER:
    case ACTION_REFRESH:
    case ACTION_NOTIFY:
    case ACTION_FREEZE:
    case ACTION_THAW:
    case ACTION_RELOAD:
        tell_server(cue);
        break;
    case ACTION_FAIL:
        fail(cue, true);
        break;
    case ACTION_RECOVER:
        fail(cue, false);
        break;
    case ACTION_STOP:
        for_hosts(cue, sim_stop_host);
        break;
    case ACTION_SKEW:
        skew(cue);
        break;
    case ACTION_RENEW:
        renew(cue);
        break;
    case ACTION_BLOCK_TCP:
        sim_block_tcp(cue->stage->sim, cue->event->link.items[0].index,
                      cue->event->link.items[1].index);
        break;
    }
}

bool stage_schedule(struct stage *stage)
{
    const struct scenario *scenario = stage->scenario;
    bool good = true;
    for (size_t i = 0; i < scenario->timeline_count; i++) {
        struct cue *cue = arena_alloc(stage->arena, sizeof *cue);
        cue->stage = stage;
        cue->event = &scenario->timeline[i];
        if (command_of(cue->event->action))
            good = parse_change(cue) && good;
        sim_at(stage->sim, scenario->start_ns + cue->event->at_ns, perform, cue);
    }
    return good;
}
