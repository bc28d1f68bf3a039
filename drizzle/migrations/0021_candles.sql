CREATE TABLE "candle_backfills" (
	"id" text PRIMARY KEY NOT NULL,
	"feed" text NOT NULL,
	"epic" text NOT NULL,
	"resolution" text NOT NULL,
	"from_at" timestamp (3) with time zone NOT NULL,
	"to_at" timestamp (3) with time zone NOT NULL,
	"state" text NOT NULL,
	"points" integer NOT NULL,
	"problem" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "candle_coverage" (
	"feed" text NOT NULL,
	"epic" text NOT NULL,
	"resolution" text NOT NULL,
	"source" text NOT NULL,
	"epoch" bigint NOT NULL,
	"known" "tstzmultirange" NOT NULL,
	CONSTRAINT "candle_coverage_feed_epic_resolution_source_pk" PRIMARY KEY("feed","epic","resolution","source")
);
--> statement-breakpoint
CREATE TABLE "candles" (
	"feed" text NOT NULL,
	"epic" text NOT NULL,
	"resolution" text NOT NULL,
	"start_at" timestamp (3) with time zone NOT NULL,
	"bid_open" numeric,
	"bid_high" numeric,
	"bid_low" numeric,
	"bid_close" numeric,
	"offer_open" numeric,
	"offer_high" numeric,
	"offer_low" numeric,
	"offer_close" numeric,
	"ticks" integer NOT NULL,
	"complete" boolean NOT NULL,
	"revision" integer NOT NULL,
	"source" text NOT NULL,
	"epoch" bigint NOT NULL,
	CONSTRAINT "candles_feed_epic_resolution_start_at_pk" PRIMARY KEY("feed","epic","resolution","start_at")
) PARTITION BY LIST ("resolution");
--> statement-breakpoint
CREATE TABLE "candles_second" PARTITION OF "candles" FOR VALUES IN ('SECOND') PARTITION BY RANGE ("start_at");
--> statement-breakpoint
CREATE TABLE "candles_minute" PARTITION OF "candles" FOR VALUES IN ('MINUTE') PARTITION BY RANGE ("start_at");
--> statement-breakpoint
CREATE TABLE "candles_hour" PARTITION OF "candles" FOR VALUES IN ('HOUR') PARTITION BY RANGE ("start_at");
--> statement-breakpoint
-- How long a partition is. Of a resolution that is none: null, and so nothing is made or dropped.
CREATE FUNCTION "candle_partition_unit"("of_resolution" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE of_resolution WHEN 'SECOND' THEN 'day' WHEN 'MINUTE' THEN 'month' WHEN 'HOUR' THEN 'year' END
$$;
--> statement-breakpoint
-- Asked of the catalogue's rows: to_regclass remembers that there was no such table while we wait for somebody who makes it.
CREATE FUNCTION "candle_partition_exists"("parent" text, "partition" text) RETURNS boolean LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
	SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = to_regclass(quote_ident(parent)) AND c.relname = "partition")
$$;
--> statement-breakpoint
-- Makes what is missing of the partitions that hold [from_at, to_at), and says how many that were. With its owner's rights, since a
-- server may run as a role that makes no tables. A table is made first and attached then: that lets others read and write meanwhile,
-- which making it in place (CREATE TABLE ... PARTITION OF) does not.
CREATE FUNCTION "candles_make_room"("of_resolution" text, "from_at" timestamptz, "to_at" timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	unit text := candle_partition_unit(of_resolution);
	parent text := 'candles_' || lower(of_resolution);
	at_start timestamptz := date_trunc(unit, from_at, 'UTC');
	at_end timestamptz;
	partition text;
	made integer := 0;
BEGIN
	WHILE at_start < to_at LOOP
		at_end := (at_start AT TIME ZONE 'UTC' + ('1 ' || unit)::interval) AT TIME ZONE 'UTC';
		partition := parent || to_char(at_start AT TIME ZONE 'UTC', '_YYYYMMDD');
		IF NOT candle_partition_exists(parent, partition) THEN
			PERFORM pg_advisory_xact_lock(hashtext('ftrader ' || parent));
			IF NOT candle_partition_exists(parent, partition) THEN
				-- Room in each page for the rows of candles that form, which change once a second.
				EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) WITH (fillfactor = 85)', partition, parent);
				EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition, at_start, at_end);
				made := made + 1;
			END IF;
		END IF;
		at_start := at_end;
	END LOOP;
	RETURN made;
END
$$;
--> statement-breakpoint
-- Drops the partitions with nothing younger than `before`, and says how many that were. What was in them is known no more: first, since
-- whoever buys history holds such a row, and nobody is to wait for the tables meanwhile.
CREATE FUNCTION "candles_drop_before"("of_resolution" text, "before" timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
	unit text := candle_partition_unit(of_resolution);
	parent text := 'candles_' || lower(of_resolution);
	kept_from timestamptz := date_trunc(unit, before, 'UTC');
	kept text := parent || to_char(kept_from AT TIME ZONE 'UTC', '_YYYYMMDD');
	partition text;
	dropped integer := 0;
BEGIN
	UPDATE candle_coverage SET known = known - tstzmultirange(tstzrange(NULL, kept_from))
	WHERE resolution = of_resolution AND known && tstzmultirange(tstzrange(NULL, kept_from));
	FOR partition IN
		SELECT c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = to_regclass(quote_ident(parent)) AND c.relname < kept ORDER BY c.relname
	LOOP
		EXECUTE format('DROP TABLE %I', partition);
		dropped := dropped + 1;
	END LOOP;
	RETURN dropped;
END
$$;
