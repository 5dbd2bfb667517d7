/* SPDX-License-Identifier: MIT */
/* api: the JSON that programs and our own pages read (docs/http.md). */
#include "web.h"

const struct web_route api_routes[] = {
    {NULL, NULL, WEB_ALL, NULL},
};
