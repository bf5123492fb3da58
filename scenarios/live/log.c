/* What the node notes, as lines on stderr: the things an operator finds in a server's log. */
#include <stdio.h>

#include "nodes/dns/name.h"
#include "nodes/note.h"
#include "scenarios/live/internal.h"

static const char *const sentences[NOTE_KIND_COUNT] = {
    [NOTE_CHANGE_FAILED] = "change failed",
    [NOTE_ZONE_SERVING] = "serving",
    [NOTE_ZONE_LOADING] = "no version yet",
    [NOTE_ZONE_EXPIRED] = "expired",
    [NOTE_ZONE_SIGNED] = "signed",
    [NOTE_SIGNING_PUT_OFF] = "signatures put off",
    [NOTE_NOTIFY_GIVEN_UP] = "NOTIFY not answered",
    [NOTE_NOTIFY_RECEIVED] = "NOTIFY received",
    [NOTE_REFRESH_FAILED] = "refresh failed",
    [NOTE_TRANSFER_DONE] = "transfer in done",
    [NOTE_TRANSFER_FAILED] = "transfer in failed",
    [NOTE_TRANSFER_SERVED] = "transfer out done",
    [NOTE_TRANSFER_REFUSED] = "transfer out refused",
    [NOTE_TLS_FAILED] = "TLS failed",
    [NOTE_UPDATE] = "update",
    [NOTE_CATALOG_READ] = "catalog read",
    [NOTE_CATALOG_BROKEN] = "catalog broken",
    [NOTE_MEMBER_ADDED] = "member added",
    [NOTE_MEMBER_REMOVED] = "member removed",
    [NOTE_MEMBER_MOVED] = "member moved",
    [NOTE_MEMBER_REFUSED] = "member refused",
    [NOTE_CHANGE_WAITS] = "change waits for a thaw",
    [NOTE_COMMAND] = "operator's command",
};

static const char *form_of(const struct host_note *note)
{
    static const char *const forms[] = {
        [NOTE_AXFR] = "AXFR", [NOTE_IXFR] = "IXFR", [NOTE_FALLBACK] = "AXFR for IXFR"};
    bool is_transfer = note->kind == NOTE_TRANSFER_DONE || note->kind == NOTE_TRANSFER_SERVED;
    return is_transfer && note->code <= NOTE_FALLBACK ? forms[note->code] : NULL;
}

static bool has_peer(const struct host_note *note)
{
    return !address_is_any(&note->peer) || note->peer.port != 0;
}

void live_note(struct live *live, const struct host_note *note, struct bytes name)
{
    char zone[NAME_TEXT_SIZE] = "", peer[ADDRESS_TEXT_SIZE];
    if (live->options->quiet || note->kind >= NOTE_KIND_COUNT || !sentences[note->kind])
        return;
    if (name.size > 0)
        name_to_text(name.data, zone);
    fprintf(stderr, "%s: %s", zone, sentences[note->kind]);
    if (form_of(note))
        fprintf(stderr, ", %s", form_of(note));
    if (note->kind == NOTE_COMMAND)
        fprintf(stderr, ", %s", note_command_name((enum note_command)note->code));
    if (note->serial)
        fprintf(stderr, ", serial %u", note->serial);
    if (has_peer(note))
        fprintf(stderr, ", %s", address_format(&note->peer, peer));
    fprintf(stderr, "%s%s\n", note->text ? ": " : "", note->text ? note->text : "");
}
