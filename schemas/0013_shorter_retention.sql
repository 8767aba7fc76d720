-- Receipts also of rows that went because a project's retention became shorter.

ALTER TABLE deletion_receipts
    MODIFY COLUMN partition_id COMMENT 'Partition that was dropped: the moment at which its rows expired. Or the project and the age from which its rows went, when its retention became shorter. Not personal.';
