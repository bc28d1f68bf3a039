CREATE TABLE "broker_allowances" (
	"bucket" text PRIMARY KEY NOT NULL,
	"per_minute" integer,
	"spent" jsonb NOT NULL,
	"since_at" timestamp (3) with time zone NOT NULL,
	"refused_at" timestamp (3) with time zone,
	"raised_at" timestamp (3) with time zone
);
