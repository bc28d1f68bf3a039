CREATE TABLE "instruments" (
	"feed" text NOT NULL,
	"epic" text NOT NULL,
	"details" jsonb,
	"read_at" timestamp (3) with time zone NOT NULL,
	"checked_at" timestamp (3) with time zone NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "instruments_feed_epic_pk" PRIMARY KEY("feed","epic")
);
--> statement-breakpoint
CREATE TABLE "watchlist_sets" (
	"user_id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "watchlists" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"name" text NOT NULL,
	"name_key" text NOT NULL,
	"place" integer NOT NULL,
	"epics" text[] NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"imported_from" text,
	"environment" text,
	"broker_id" text,
	"broker_name" text
);
--> statement-breakpoint
ALTER TABLE "watchlist_sets" ADD CONSTRAINT "watchlist_sets_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlists" ADD CONSTRAINT "watchlists_user_id_watchlist_sets_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."watchlist_sets"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "watchlists" ADD CONSTRAINT "watchlists_imported_from_broker_accounts_id_fk" FOREIGN KEY ("imported_from") REFERENCES "public"."broker_accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "instruments_asked_idx" ON "instruments" USING btree ("asked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "watchlists_name_key" ON "watchlists" USING btree ("user_id","name_key");--> statement-breakpoint
CREATE UNIQUE INDEX "watchlists_broker_key" ON "watchlists" USING btree ("user_id","imported_from","broker_id") WHERE broker_id is not null;--> statement-breakpoint
CREATE INDEX "watchlists_user_idx" ON "watchlists" USING btree ("user_id","place");