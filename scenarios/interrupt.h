/*
 * SIGINT, SIGTERM and SIGHUP during a run: they are remembered, so that the run can end early and
 * take away what it has written; then the process dies of the signal, as its parent expects. A
 * second one kills at once.
 */
#ifndef SCENARIOS_INTERRUPT_H
#define SCENARIOS_INTERRUPT_H

#include <stdbool.h>

void interrupt_watch(void);
bool interrupt_came(void);

/* Dies of the signal that came, if any. */
void interrupt_die(void);

#endif
