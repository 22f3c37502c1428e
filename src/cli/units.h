/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd knows of labgate's units, where it can be asked. */

#include <systemd/sd-bus.h>

#define UNIT_NAME_MAX 256

/* NULL where systemd is not running or does not answer. */
sd_bus *units_open(void);

/* A property of a unit that is text, to be freed; NULL if there is no such unit or property. interface is "Unit",
 * "Service" or "Socket". */
char *units_property(sd_bus *bus, const char *unit, const char *interface, const char *property);

/* Names of all instances of labgate@.service, NULL-terminated, each and the list to be freed. */
int units_sessions(sd_bus *bus, char ***ret);
void units_names_free(char **names);

/* 0 or negative errno. */
int units_stop(sd_bus *bus, const char *unit);
