#!/bin/bash
# SPDX-License-Identifier: MIT
# The collector is killed fifty times under load, on SQLite and on PostgreSQL: figures equal those of a replay.
export KILL_ROUNDS=50
exec "${FERRET_SRC:?}/tests/collector/killed.t"
