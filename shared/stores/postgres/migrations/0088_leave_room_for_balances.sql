-- A batch updates many balances of one page; half a page of room keeps each of these updates on it, and so out of the index.
alter table points_balances set (fillfactor = 50);
