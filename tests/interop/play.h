/*
 * A scripted primary that keeps a diary: play.c knows what it says, listen.c plays it on
 * real sockets to a real server, rehearse.c in virtual time to ours, and beside.c holds
 * the two diaries against each other. The diary has questions and NOTIFYs, not answers.
 */
#ifndef TESTS_INTEROP_PLAY_H
#define TESTS_INTEROP_PLAY_H

#include "nodes/dns/message.h"
#include "nodes/dns/zone.h"
#include "sim/base/time.h"

/* What it does about a zone. */
enum play_way {
    PLAY_SILENT,        /* takes everything, says nothing */
    PLAY_REFUSES,       /* answers REFUSED */
    PLAY_SERVES,        /* has serial 1 */
    PLAY_SERVES_NEWER,  /* the same, until its second address tells of serial 2 and has that */
    PLAY_REFUSES_LATER, /* has serial 1, once */
    PLAY_SILENT_LATER   /* the same */
};

struct play_case {
    const char *zone;
    enum play_way way;
    uint32_t refresh_s, retry_s; /* of its SOA */
    bool is_told;                /* the server is its primary, and tells us of it */
};

enum { PLAY_CASES = 8, PLAY_ADDRESSES = 2, PLAY_ANSWER_MAX = 1024 };

extern const struct play_case play_cases[PLAY_CASES];

struct play {
    struct zone *versions[PLAY_CASES][2];
    bool fetched[PLAY_CASES];
    int64_t tells_ns; /* when the second address sends its NOTIFY; TIME_NEVER: not (any more) */
    bool told;
};

/* RESTARTED: it has been going on for long, and all is fetched. */
void play_begin(struct play *play, bool restarted);
void play_end(struct play *play);

/* The zone file of a case, for its serial; static. */
const char *play_zone_text(size_t number, uint32_t serial);

/* An entry of the diary. */
struct play_entry {
    int64_t at_ns;
    size_t number; /* of the case */
    size_t address;
    char what[16]; /* "udp SOA edns", "tcp IXFR" */
};

/* WIRE has come to ADDRESS at AT_NS. False: it is no question of ours. Else ENTRY is to be kept,
 * and the answer of *SIZE octets to be sent; 0: none. */
bool play_hear(struct play *play, struct bytes wire, bool tcp, struct play_entry *entry,
               uint8_t answer[PLAY_ANSWER_MAX], size_t *size);

/* Its NOTIFY, which is due: the size. */
size_t play_tell(struct play *play, uint8_t data[PLAY_ANSWER_MAX]);

/* ---- rehearse.c ------------------------------------------------------------------------------ */

enum { PLAY_ENTRIES_MAX = 256 };

struct play_diary {
    struct play_entry entries[PLAY_ENTRIES_MAX];
    size_t count;
    int64_t end_ns; /* from the start on */
};

/* What a server of ours with the row NAME asks about a case in LENGTH_NS; with RESTARTED, after an
 * orderly stop at 20 s. Times count from the (last) start. False: there is no such row. */
bool play_rehearse(struct play_diary *diary, const char *name, size_t number, bool restarted,
                   uint64_t seed);

/* ---- listen.c, beside.c: programs; they return exit codes -------------------------------------
 */

/* SECONDS PORT SERVER ADDRESS ADDRESS [restarted]: plays, and prints the diary. */
int play_listen(int argc, char **argv);

/* ROW ZONE DIARY SECONDS [restarted]: says whether the row does what the diary tells; waits may be
 * so much longer than the row's. */
int play_beside(int argc, char **argv);

/* ZONE SERIAL: prints a zone's file. */
int play_zone(int argc, char **argv);

#endif
