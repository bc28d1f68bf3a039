DROP INDEX "deals_account_reference_key";--> statement-breakpoint
ALTER TABLE "deals" ADD COLUMN "reference_of" text;--> statement-breakpoint
UPDATE "deals" SET "reference_of" = CASE "kind" WHEN 'open' THEN 'ours' ELSE 'brokers' END;--> statement-breakpoint
ALTER TABLE "deals" ALTER COLUMN "reference_of" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "deals_account_position_idx" ON "deals" USING btree ("account_id","deal_id");--> statement-breakpoint
CREATE UNIQUE INDEX "deals_account_reference_key" ON "deals" USING btree ("account_id","deal_reference") WHERE reference_of <> 'positions';
