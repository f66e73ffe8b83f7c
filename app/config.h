/*
 * config - a configuration file (YAML; libyaml stays behind this file)
 *
 * In:      a file: keys with a value, or with a list of values; a mapping inside one joins the
 *          names ("redis: {key: x}" is "redis_key: x").
 * Out:     assignments, in the order of the file.
 * Limits:  CONFIG_DEPTH_MAX mappings inside each other; no aliases.
 * Errors:  RESULT_FAILED: the file, the line and what is wrong.
 * Owner:   the caller owns the assignments.
 */
#ifndef RELAYWATCH_APP_CONFIG_H
#define RELAYWATCH_APP_CONFIG_H

#include "app/options.h"

#define CONFIG_DEPTH_MAX 4

MUST_USE enum result config_read(const char *path, struct assignments *list, struct error *error);
const char *config_library_version(void);

#endif
