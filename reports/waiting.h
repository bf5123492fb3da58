/*
 * A change of a frozen zone that waits for the thaw, followed by notes: a server that
 * starts anew has lost it, which it can't tell of itself.
 */
#ifndef REPORTS_WAITING_H
#define REPORTS_WAITING_H

#include "nodes/note.h"

/* Of one zone on one server; all zero at first. */
struct waiting {
    bool waits;
    uint32_t serial; /* that the change will have */
};

/* NOTE is about that zone there. True: it shows that the change is lost. */
static inline bool waiting_lost(struct waiting *waiting, const struct host_note *note)
{
    bool waited = waiting->waits;
    if (note->kind == NOTE_CHANGE_WAITS)
        *waiting = (struct waiting){true, note->serial};
    else if (note->kind == NOTE_ZONE_ROLE)
        waiting->waits = false;
    else if (note->kind == NOTE_COMMAND && !note->text &&
             (note->code == NOTE_COMMAND_THAW || note->code == NOTE_COMMAND_RELOAD))
        waiting->waits = false;
    return waited && note->kind == NOTE_ZONE_ROLE;
}

#endif
