/*
 * An output directory that is whole or not there.
 *
 * Files are written into a temporary sibling, NAME.partial-PID, which takes the
 * place of NAME at the end. A directory that exists is replaced only if it bears
 * our marker file. Whatever fails, the first error is kept as one sentence with
 * the path and the system's reason, later writes do nothing, and no file stays.
 * A caller exits with 2 if output_open refuses, with 3 if a later step fails.
 */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define OUTPUT_MARKER ".understudy"

enum { OUTPUT_ERROR_SIZE = 1024 };

struct output;
struct output_file;

enum output_status {
    OUTPUT_OK,
    OUTPUT_REFUSED, /* the path is taken by something that is not ours: exit code 2 */
    OUTPUT_FAILED,  /* the machine failed: exit code 3 */
};

/* Begins a directory that will be PATH; missing parents are made. On success *OUT is to be given
 * to output_commit or output_abandon; otherwise ERROR holds a sentence and nothing is left behind.
 * From here on a file size limit (RLIMIT_FSIZE) is an error of the write, not a signal. */
enum output_status output_open(const char *path, struct output **out,
                               char error[OUTPUT_ERROR_SIZE]);

/* Puts the directory in its place, after closing every file still open. False: ERROR holds the
 * first sentence and everything partial is gone. OUTPUT is freed in both cases. */
bool output_commit(struct output *output, char error[OUTPUT_ERROR_SIZE]);

/* Removes everything partial and frees OUTPUT. */
void output_abandon(struct output *output);

/* The first error so far, or NULL. Lives as long as OUTPUT. */
const char *output_error(const struct output *output);

/* Keeps a sentence of the caller's as the output's error, if it is the first. NAME is relative to
 * the directory; WHAT says what failed. */
void output_fail(struct output *output, const char *name, const char *what);

/* Creates NAME ("summary.json", "capture/ns1.pcap") with a buffer of BUFFER_SIZE octets, 0 for 64
 * KiB. Never NULL: if it cannot be created, the error is kept and writes do nothing. */
struct output_file *output_create(struct output *output, const char *name, size_t buffer_size);

void output_write(struct output_file *file, const void *data, size_t size);
void output_printf(struct output_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The stream under FILE, for libraries that want one (libpcap, jansson); their errors are noticed
 * when it is closed. NULL if the file could not be created. */
FILE *output_stream(struct output_file *file);

/* To be called after a library has written on the stream: notices a failure while its reason is
 * known. False if anything ever failed on this file. */
bool output_check(struct output_file *file);

/* Flushes and closes FILE. A library that closes the stream itself is given as CLOSER, called
 * with its CONTEXT after the flush; otherwise NULL. False if anything ever failed on this file. */
bool output_close(struct output_file *file, void (*closer)(void *context), void *context);

#endif
