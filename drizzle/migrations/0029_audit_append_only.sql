CREATE FUNCTION "audit_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP)
		USING ERRCODE = 'restrict_violation',
			HINT = 'Rows are inserted, closed once and sealed; only the retention removes them, once their time is over.';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_log_inserted" BEFORE INSERT ON "audit_log" FOR EACH ROW
	WHEN (new."place" IS NOT NULL OR new."hash" IS NOT NULL)
	EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
-- Conditions and no function: whatever is in order costs a mutation nothing but these comparisons.
CREATE TRIGGER "audit_log_updated" BEFORE UPDATE ON "audit_log" FOR EACH ROW
	WHEN (NOT (
		old."place" IS NULL AND old."hash" IS NULL
		AND (new."id", new."at", new."action", new."request_id") = (old."id", old."at", old."action", old."request_id")
		AND new."ip" IS NOT DISTINCT FROM old."ip"
		AND CASE WHEN new."place" IS NULL THEN
			-- closed
			new."hash" IS NULL
			AND old."outcome" = 'started' AND old."finished_at" IS NULL
			AND new."outcome" <> 'started' AND new."finished_at" IS NOT NULL
			AND (old."user_id" IS NULL OR new."user_id" IS NOT DISTINCT FROM old."user_id")
			AND (old."session_id" IS NULL OR new."session_id" IS NOT DISTINCT FROM old."session_id")
			AND (old."subject" IS NULL OR new."subject" IS NOT DISTINCT FROM old."subject")
		ELSE
			-- sealed
			new."hash" IS NOT NULL
			AND new."outcome" = old."outcome"
			AND (new."finished_at", new."user_id", new."session_id", new."subject", new."before", new."after")
				IS NOT DISTINCT FROM (old."finished_at", old."user_id", old."session_id", old."subject", old."before", old."after")
		END
	))
	EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_deleted" BEFORE DELETE ON "audit_log" FOR EACH ROW
	WHEN (old."place" IS NULL OR current_setting('ftrader.cutting', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_log_truncated" BEFORE TRUNCATE ON "audit_log" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_seals_updated" BEFORE UPDATE ON "audit_seals" FOR EACH ROW
	WHEN (NOT (
		old."cut_at" IS NULL AND new."cut_at" IS NOT NULL
		AND (new."last_place", new."first_place", new."closing_hash", new."sealed_at", new."newest_at")
			= (old."last_place", old."first_place", old."closing_hash", old."sealed_at", old."newest_at")
	))
	EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_seals_deleted" BEFORE DELETE ON "audit_seals" FOR EACH ROW EXECUTE FUNCTION "audit_refuse"();
--> statement-breakpoint
CREATE TRIGGER "audit_seals_truncated" BEFORE TRUNCATE ON "audit_seals" FOR EACH STATEMENT EXECUTE FUNCTION "audit_refuse"();
