CREATE TABLE "feed_outages" (
	"feed" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"told" text[] NOT NULL
);
