/*
 * What is remembered of catalogs and their members; shared by server_catalog.c,
 * which decides, and server_member.c, which keeps.
 */
#ifndef NODES_SERVER_CATALOG_H
#define NODES_SERVER_CATALOG_H

#include "nodes/catalog.h"
#include "nodes/server_state.h"

/* A zone that is held because a catalog lists it. */
struct server_member {
    struct server_zone zone;
    struct server_zone_config config; /* the catalog's, with this zone's origin */
    struct server_catalog *catalog;
    size_t place;                            /* in the catalog's list */
    const struct server_member_group *group; /* NULL: none that is configured */
    uint8_t label[NAME_LABEL_MAX + 2];       /* the member node's own, and the root */
    uint8_t new_catalog[NAME_SIZE_MAX];      /* that it may move to */
    bool may_move;
};

struct server_catalog {
    struct server_zone *zone;
    struct server_catalog *next;
    struct server_member **members; /* in canonical order of their names */
    size_t count;
    size_t left;    /* members that another catalog has taken: their places are empty for now */
    size_t room;    /* while a version is looked at: how many more it may have */
    size_t crowded; /* likewise: how many had no room */
    size_t crowded_told;
    const char *file; /* name on the disk */
    bool due;         /* it is to be looked at: a version is served */
    bool again;       /* likewise: a name may be free; nothing moves then, and nothing goes */
    bool refused;     /* some names, which others have */
    bool unsaved;     /* the disk has another list */
};

/* A new member, which has not started. */
struct server_member *server_member_create(struct server_catalog *catalog,
                                           const struct catalog_entry *entry);

/* The group that CATALOG's configuration has for ENTRY, or NULL. */
const struct server_member_group *server_member_group(const struct server_catalog *catalog,
                                                      const struct catalog_entry *entry);

/* What ENTRY says now. */
void server_member_update(struct server_member *member, const struct catalog_entry *entry);

/* CATALOG takes it over from another one, or its group is another: whence it comes changes, what
 * the server has of it does not. */
void server_member_adopt(struct server_catalog *catalog, struct server_member *member,
                         const struct catalog_entry *entry);

/* It goes, with all that the server has of it. */
void server_member_remove(struct server_member *member);

/* The catalog's members on the disk: written and synced; and as found there at start (in OUT, which
 * the caller frees). False: nothing usable. */
void server_member_write(struct server_catalog *catalog);
bool server_member_read(struct server_catalog *catalog, struct catalog *out);

#endif
