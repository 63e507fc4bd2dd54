/*
 * A stand-in for pg-safeupdate: an UPDATE or DELETE without a condition is refused where this library is loaded, unless
 * safeupdate.enabled is off. Not in Debian; upstream's image loads the original for the role `authenticator`.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "utils/guc.h"

PG_MODULE_MAGIC;

void _PG_init(void);

static bool enabled = true;
static post_parse_analyze_hook_type next_hook = NULL;

static void
refuse_without_condition(Query *query)
{
	ListCell   *cell;

	/* with gone as (delete from …) select … */
	foreach(cell, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);

		if (IsA(cte->ctequery, Query))
			refuse_without_condition((Query *) cte->ctequery);
	}

	if (query->commandType != CMD_UPDATE && query->commandType != CMD_DELETE)
		return;
	if (query->jointree == NULL || query->jointree->quals == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("%s requires a WHERE clause", query->commandType == CMD_UPDATE ? "UPDATE" : "DELETE")));
}

static void
after_analysis(ParseState *state, Query *query, JumbleState *jumble)
{
	if (next_hook)
		next_hook(state, query, jumble);
	if (enabled)
		refuse_without_condition(query);
}

void
_PG_init(void)
{
	DefineCustomBoolVariable("safeupdate.enabled", "Refuse UPDATE and DELETE without a condition.", NULL,
							 &enabled, true, PGC_USERSET, 0, NULL, NULL, NULL);
	next_hook = post_parse_analyze_hook;
	post_parse_analyze_hook = after_analysis;
}
