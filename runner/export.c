/* SPDX-License-Identifier: MIT */
#include "commands.h"
int cmd_export(const struct config *c)
{
	struct err err = ERR_INIT;

	err_set(&err, FE_EUSAGE, "export is not in this build");
	int rc = config_fail(c, &err);
	err_done(&err);
	return rc;
}
