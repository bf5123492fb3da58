/*
 * events.jsonl: one line per thing worth knowing, written while the run goes.
 * docs/events.md has every kind of line.
 *
 * Faults and anycast routes, versions published and served, NOTIFY, transfers and
 * why they failed, refreshes that failed, expiry. Not single queries or look-ups,
 * nor refreshes that found nothing new: those are in the captures.
 */
#ifndef REPORTS_EVENTS_H
#define REPORTS_EVENTS_H

#include "reports/metrics.h"
#include "reports/output.h"
#include "reports/topology.h"
#include "sim/trace.h"

struct events;

/* Creates events.jsonl in OUTPUT, which keeps errors. TOPOLOGY and METRICS are borrowed; METRICS
 * must have heard of what happens before EVENTS does. */
struct events *events_open(struct output *output, const struct topology *topology,
                           const struct metrics *metrics);

/* To be registered with the run before it starts. */
struct trace_listener events_listener(struct events *events);

/* Lines written so far. */
uint64_t events_lines(const struct events *events);

/* Closes the file and frees EVENTS. */
void events_finish(struct events *events);

#endif
