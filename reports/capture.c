/*
 * The trace listener that writes all captures.
 *
 * A packet's frames are built once, when it is sent: written to its sender's
 * file at once, to its receiver's on arrival, and to capture.pcapng when its fate
 * and that of all before it are known. Packets in flight wait in reports/pending.
 * A host that has failed sees nothing: what arrives there is not in its file.
 */
#include "reports/capture.h"
#include "reports/figure.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include <pcap/pcap.h>

#include "reports/frame.h"
#include "reports/keylog.h"
#include "reports/pending.h"
#include "sim/base/arena.h"

enum {
    SNAPSHOT_SIZE = 262144,       /* as tcpdump has it */
    PCAPNG_BUFFER_SIZE = 1 << 20, /* one file; the nodes' files are many and use the default */
    PCAP_RECORD_OCTETS = 16,      /* of a record beside the frame */
    PCAPNG_RECORD_OCTETS = 32,
};

struct node_file {
    struct output_file *file; /* NULL: this node has none */
    pcap_dumper_t *dumper;    /* NULL: as above, or it could not be opened */
};

struct capture {
    struct capture_options options;
    struct output *output;
    struct output_file *pcapng;
    struct keylog *keylog;
    pcap_t *format;
    struct node_file *files; /* by node */
    struct pending pending;
    struct frame_list frames;
    uint64_t octets; /* of all that was accepted, written or not yet */
    uint64_t packets;
    bool full;
    char notice[160];
};

/* ---- opening ------------------------------------------------------------------------------- */

static void open_node(struct capture *capture, size_t node)
{
    const char *name = capture->options.nodes[node].file;
    if (!name)
        return;
    char path[512];
    snprintf(path, sizeof path, "capture/%s", name);
    struct node_file *out = &capture->files[node];
    out->file = output_create(capture->output, path, 0);
    FILE *stream = output_stream(out->file);
    if (!stream)
        return;
    out->dumper = pcap_dump_fopen(capture->format, stream);
    if (!out->dumper)
        output_fail(capture->output, path, pcap_geterr(capture->format));
}

static void open_pcapng(struct capture *capture)
{
    const struct capture_options *options = &capture->options;
    struct output_file *file = output_create(capture->output, "capture.pcapng", PCAPNG_BUFFER_SIZE);
    pcapng_section(file, "understudy " UNDERSTUDY_VERSION, options->comment);
    for (size_t i = 0; i < options->node_count; i++)
        pcapng_interface(file, options->nodes[i].name, options->nodes[i].description);
    pcapng_names(file, options->names, options->name_count);
    capture->pcapng = file;
    capture->keylog = keylog_create(capture->output, file);
}

struct capture *capture_open(struct output *output, const struct capture_options *options)
{
    struct capture *capture = memory_zeroed(sizeof *capture);
    capture->options = *options;
    capture->output = output;
    if (options->cap == 0)
        capture->options.cap = CAPTURE_DEFAULT_CAP;
    capture->format =
        pcap_open_dead_with_tstamp_precision(DLT_RAW, SNAPSHOT_SIZE, PCAP_TSTAMP_PRECISION_NANO);
    if (!capture->format)
        output_fail(output, "capture", "libpcap is out of memory");
    capture->files = memory_zeroed(options->node_count * sizeof *capture->files);
    open_pcapng(capture);
    for (size_t i = 0; capture->format && i < options->node_count; i++)
        open_node(capture, i);
    return capture;
}

/* ---- writing --------------------------------------------------------------------------------- */

static uint32_t node_of(const struct capture *capture, uint32_t host)
{
    assert(host < capture->options.host_count);
    return capture->options.host_nodes[host];
}

static void write_node(struct capture *capture, uint32_t node, const struct pending_packet *packet,
                       int64_t time_ns)
{
    struct node_file *out = &capture->files[node];
    if (!out->dumper)
        return;
    struct bytes frame;
    for (uint32_t at = 0; pending_frame(&capture->pending, packet, &at, &frame);) {
        struct pcap_pkthdr header = {
            /* With nanosecond precision libpcap takes tv_usec for nanoseconds. */
            .ts = {.tv_sec = time_ns / NS_PER_S, .tv_usec = time_ns % NS_PER_S},
            .caplen = (uint32_t)frame.size,
            .len = (uint32_t)frame.size,
        };
        pcap_dump((u_char *)out->dumper, &header, frame.data);
    }
    output_check(out->file);
}

static const char *fate_text(enum packet_fate fate)
{
    switch (fate) {
    case PACKET_IN_FLIGHT:
        return "in flight at the end of the run";
    case PACKET_DELIVERED:
        return "shaped";
    case PACKET_LOST:
        return "lost";
    case PACKET_LINK_DOWN:
        return "dropped: link down";
    case PACKET_NO_ROUTE:
        return "no route";
    case PACKET_HOST_SILENT:
        return "dropped: host silent";
    case PACKET_BLOCKED:
        return "dropped: TCP blocked";
    case PACKET_QUEUE_FULL:
        return "dropped: queue full";
    }
    return "";
}

/* What is worth saying about PACKET, in TEXT, or NULL. */
static const char *packet_comment(const struct capture *capture,
                                  const struct pending_packet *packet, char *text, size_t size)
{
    const char *remark = pending_remark(&capture->pending, packet);
    bool plain = packet->fate == PACKET_DELIVERED && !remark;
    if (plain && !packet->last)
        return NULL;
    const char *fate = plain ? "" : fate_text((enum packet_fate)packet->fate);
    int used = snprintf(text, size, "%s%s%s", fate, remark ? ": " : "", remark ? remark : "");
    if (packet->last)
        snprintf(text + used, size - (size_t)used,
                 "%scapture ends here: its cap of %" PRIu64 " octets is reached", used ? "; " : "",
                 capture->options.cap);
    return text;
}

static void write_pcapng(struct capture *capture, const struct pending_packet *packet)
{
    char text[CAPTURE_REMARK_SIZE + 160];
    const char *comment = packet_comment(capture, packet, text, sizeof text);
    struct bytes frame;
    for (uint32_t at = 0; pending_frame(&capture->pending, packet, &at, &frame);)
        pcapng_packet(capture->pcapng, packet->node, packet->sent_ns, frame, comment);
}

/* All packets at the front whose fate is known. */
static void write_known(struct capture *capture)
{
    struct pending_packet *first;
    while ((first = pending_first(&capture->pending)) && first->fate != PACKET_IN_FLIGHT) {
        write_pcapng(capture, first);
        pending_remove_first(&capture->pending);
    }
}

/* ---- the cap ----------------------------------------------------------------------------------
 */

/* What PACKET adds to all files, if it arrives. */
static uint64_t octets_of(const struct capture *capture, const struct packet *packet)
{
    uint64_t octets = 0, records = 1;
    if (packet->fate == PACKET_IN_FLIGHT && packet->receiver != packet->sender)
        records++;
    for (uint32_t i = 0; i < capture->frames.count; i++) {
        uint32_t size = capture->frames.sizes[i];
        octets += PCAPNG_RECORD_OCTETS + size + records * (PCAP_RECORD_OCTETS + size);
    }
    return octets;
}

/* The packet that reaches the cap is the last one: captures hold the same packets in all files. */
static void count_octets(struct capture *capture, const struct packet *packet,
                         struct pending_packet *pending)
{
    capture->packets++;
    capture->octets += octets_of(capture, packet);
    if (capture->octets < capture->options.cap)
        return;
    capture->full = true;
    pending->last = true;
    char moment[FIGURE_SIZE], packets[FIGURE_SIZE], cap[FIGURE_SIZE];
    snprintf(capture->notice, sizeof capture->notice,
             "the captures end at %s, after %s packets, at their cap of %s; a --capture filter "
             "makes room",
             figure_moment(packet->sent_ns - capture->options.start_ns, moment),
             figure_count(capture->packets, packets), figure_size(capture->options.cap, cap));
}

/* ---- listening ---------------------------------------------------------------------------------
 */

/* Keeps in FRAMES only those that the filter lets through. */
static void apply_filter(const struct filter *filter, struct frame_list *frames)
{
    uint32_t kept = 0;
    size_t from = 0, to = 0;
    for (uint32_t i = 0; i < frames->count; i++) {
        uint32_t size = frames->sizes[i];
        if (filter_matches(filter, bytes_of(frames->data + from, size))) {
            memmove(frames->data + to, frames->data + from, size);
            frames->sizes[kept++] = size;
            to += size;
        }
        from += size;
    }
    frames->count = kept;
}

/* Those who can tell whose keys are whose. */
static void note_frames(struct capture *capture)
{
    size_t at = 0;
    for (uint32_t i = 0; i < capture->frames.count; i++) {
        keylog_frame(capture->keylog,
                     bytes_of(capture->frames.data + at, capture->frames.sizes[i]));
        at += capture->frames.sizes[i];
    }
}

static void packet_sent(void *context, const struct packet *packet)
{
    struct capture *capture = context;
    const struct capture_options *options = &capture->options;
    if (capture->full || output_error(capture->output))
        return;
    frame_build(packet, &capture->frames);
    if (options->filter)
        apply_filter(options->filter, &capture->frames);
    if (capture->frames.count == 0)
        return;
    note_frames(capture);
    char remark[CAPTURE_REMARK_SIZE];
    bool remarked = options->remark && options->remark(options->remark_context, packet, remark);
    struct pending_packet *pending =
        pending_add(&capture->pending, packet->id, &capture->frames, remarked ? remark : NULL);
    pending->node = node_of(capture, packet->sender);
    pending->sent_ns = packet->sent_ns;
    pending->fate = packet->fate;
    count_octets(capture, packet, pending);
    write_node(capture, pending->node, pending, packet->sent_ns);
    write_known(capture);
}

static void packet_arrived(void *context, const struct packet *packet, int64_t now_ns)
{
    struct capture *capture = context;
    struct pending_packet *pending = pending_find(&capture->pending, packet->id);
    if (!pending)
        return;
    pending->fate = packet->fate;
    if (packet->fate == PACKET_DELIVERED && packet->receiver != packet->sender)
        write_node(capture, node_of(capture, packet->receiver), pending, now_ns);
    write_known(capture);
}

/* In front of the packets that it opens, which still wait for their fate. */
static void told_secret(void *context, struct bytes line)
{
    struct capture *capture = context;
    if (!capture->full && !output_error(capture->output))
        keylog_add(capture->keylog, line);
}

struct trace_listener capture_listener(struct capture *capture)
{
    return (struct trace_listener){
        .context = capture,
        .sent = packet_sent,
        .arrived = packet_arrived,
        .secret = told_secret,
    };
}

const char *capture_notice(const struct capture *capture)
{
    return capture->full ? capture->notice : NULL;
}

uint64_t capture_packets(const struct capture *capture)
{
    return capture->packets;
}

/* ---- closing ------------------------------------------------------------------------------------
 */

static void close_dumper(void *dumper)
{
    pcap_dump_close(dumper);
}

void capture_finish(struct capture *capture)
{
    struct pending_packet *first;
    while ((first = pending_first(&capture->pending))) {
        write_pcapng(capture, first);
        pending_remove_first(&capture->pending);
    }
    keylog_finish(capture->keylog);
    output_close(capture->pcapng, NULL, NULL);
    for (size_t i = 0; i < capture->options.node_count; i++) {
        struct node_file *out = &capture->files[i];
        if (out->file)
            output_close(out->file, out->dumper ? close_dumper : NULL, out->dumper);
    }
    if (capture->format)
        pcap_close(capture->format);
    pending_free(&capture->pending);
    free(capture->files);
    free(capture);
}
