-- Codes are drawn at random: nobody who gets one can guess the next.
drop index coupon_codes_free;
alter table coupon_codes add column turn uuid not null default gen_random_uuid(), drop column code_no;
create index coupon_codes_free on coupon_codes (tenant_id, pool, turn) where incentive_id is null and voided_at is null;
comment on column coupon_codes.turn is 'Random: free codes are given out in this order';
