//! Writing promotions, coupons, campaigns and settings down; trying a draft on the past.
