/*
 * What the node notes, as lines on stderr: the things an operator finds in a server's
 * log. Each begins with the time; peers that the scenario knows have their names there.
 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "nodes/dns/name.h"
#include "nodes/dns/rr.h"
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
    [NOTE_CERTIFICATE] = "certificate",
    [NOTE_UPDATE] = "update",
    [NOTE_CATALOG_READ] = "catalog read",
    [NOTE_CATALOG_BROKEN] = "catalog broken",
    [NOTE_MEMBER_GROUPED] = "member grouped",
    [NOTE_CATALOG_FULL] = "catalog full",
    [NOTE_MEMBER_ADDED] = "member added",
    [NOTE_MEMBER_REMOVED] = "member removed",
    [NOTE_MEMBER_MOVED] = "member moved",
    [NOTE_MEMBER_REFUSED] = "member refused",
    [NOTE_CHANGE_WAITS] = "change waits for a thaw",
    [NOTE_COMMAND] = "operator's command",
};

enum { TIME_TEXT_SIZE = 32, LINE_SIZE = 2048 };

/* RFC 3339 section 5.6; DECIMALS of a second or none. */
static const char *time_text(int64_t unix_ns, bool decimals, char out[TIME_TEXT_SIZE])
{
    time_t seconds = (time_t)(unix_ns / NS_PER_S);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t size = strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    if (decimals)
        size += (size_t)snprintf(out + size, TIME_TEXT_SIZE - size, ".%03d",
                                 (int)(unix_ns % NS_PER_S / NS_PER_MS));
    snprintf(out + size, TIME_TEXT_SIZE - size, "Z");
    return out;
}

void live_say(const struct live *live, const char *format, ...)
{
    char line[LINE_SIZE], time[TIME_TEXT_SIZE];
    va_list arguments;
    if (live->options->quiet)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s %s\n", time_text(live_wall_ns(), true, time), line);
}

/* Another place of the same node at the same address stands before it in the map. */
static bool is_told(const struct live *live, size_t index)
{
    const struct live_peer *peers = live->options->peers;
    for (size_t i = 0; i < index; i++)
        if (peers[i].member == peers[index].member &&
            address_same_ip(&peers[i].address, &peers[index].address))
            return true;
    return false;
}

void live_log_likeness(const struct live *live)
{
    for (size_t i = 0; i < live->options->peer_count; i++) {
        const struct live_peer *peer = &live->options->peers[i];
        struct address from = peer->address;
        from.port = 0;
        const char *taken_for = live_sender(live, &from)->member->name;
        if (strcmp(taken_for, peer->member->name) != 0 && !is_told(live, i))
            live_say(live,
                     "%s and %s are mapped to the same address and can't be told apart: what comes "
                     "from there from another port than those given is taken for %s's",
                     taken_for, peer->member->name, taken_for);
    }
}

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

/* A node's name, or an address that nobody in the scenario has: a real one. */
static const char *peer_text(const struct live *live, const struct address *peer,
                             char out[ADDRESS_TEXT_SIZE])
{
    const struct stage *stage = live->options->stage;
    for (size_t i = 0; i < stage->member_count; i++)
        if (live_has_address(&stage->members[i], peer))
            return stage->members[i].name;
    return address_format(peer, out);
}

/* What a peer wanted and did not get is not told as if it had been done. */
static const char *sentence_of(const struct host_note *note)
{
    if (note->kind == NOTE_UPDATE && note->text)
        return "update refused";
    if (note->kind == NOTE_NOTIFY_RECEIVED && note->text)
        return "NOTIFY refused";
    if (note->kind == NOTE_NOTIFY_ANSWERED)
        return note->code ? "NOTIFY answered with an error" : NULL;
    return note->kind < NOTE_KIND_COUNT ? sentences[note->kind] : NULL;
}

/* What is told of it beside the sentence. */
static void print_details(const struct live *live, const struct host_note *note, FILE *line)
{
    char peer[ADDRESS_TEXT_SIZE], key[NAME_TEXT_SIZE], until[TIME_TEXT_SIZE], rcode[16];
    if (form_of(note))
        fprintf(line, ", %s", form_of(note));
    if (note->kind == NOTE_COMMAND)
        fprintf(line, ", %s", note_command_name((enum note_command)note->code));
    if (note->kind == NOTE_CERTIFICATE)
        fprintf(line, ", good until %s%s", time_text(note->values[0] * NS_PER_S, false, until),
                note->values[0] * NS_PER_S > live_wall_ns() ? "" : ": it has expired");
    if (note->serial)
        fprintf(line, ", serial %u", note->serial);
    if (has_peer(note))
        fprintf(line, ", %s", peer_text(live, &note->peer, peer));
    if (note->kind == NOTE_TRANSFER_SERVED && note->values[3])
        fputs(", over TLS", line);
    if (note->kind == NOTE_NOTIFY_ANSWERED)
        fprintf(line, ", %s", rcode_to_text(note->code, rcode));
    if (note->key)
        fprintf(line, ", key %s", name_to_text(note->key, key));
    if (note->text)
        fprintf(line, ": %s", note->text);
}

void live_note(struct live *live, const struct host_note *note, struct bytes name)
{
    char zone[NAME_TEXT_SIZE] = "", text[LINE_SIZE] = "";
    const char *sentence = sentence_of(note);
    if (live->options->quiet || !sentence)
        return;
    if (name.size > 0)
        name_to_text(name.data, zone);
    FILE *line = fmemopen(text, sizeof text, "w");
    if (!line)
        return;
    print_details(live, note, line);
    fclose(line);
    live_say(live, "%s%s%s%s", zone, *zone ? ": " : "", sentence, text);
}
