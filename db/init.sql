-- Made from data/datapackage.json: UPDATE=1 cargo test -p api --test it ddl

CREATE TABLE IF NOT EXISTS `_batches` (
  `id` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `table_name` varchar(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `kind` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `source` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
  `first_row` bigint NOT NULL,
  `first_line` bigint NULL,
  `end_offset` bigint NULL,
  `actor` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `idempotency_key` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
  `fingerprint` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
  `received` bigint NOT NULL,
  `inserted` bigint NOT NULL,
  `replaced` bigint NOT NULL,
  `unchanged` bigint NOT NULL,
  `rejected` bigint NOT NULL,
  `withheld` bigint NOT NULL,
  `removed` bigint NOT NULL,
  `answer` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
  `dictionary` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `created_at` datetime(6) NOT NULL,
  `first_id` bigint NULL,
  KEY `_batches_source` (`source`),
  PRIMARY KEY (`id`),
  UNIQUE (`table_name`, `idempotency_key`, `actor`),
  CHECK (`received` = `inserted` + `replaced` + `unchanged` + `rejected` + `withheld`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS `_rejected` (
  `id` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `batch` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `table_name` varchar(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `row_number` bigint NOT NULL,
  `line` bigint NULL,
  `raw` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `encoding` varchar(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `columns` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL,
  `errors` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `status` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `created_at` datetime(6) NOT NULL,
  KEY `_rejected_table` (`table_name`, `id`),
  KEY `_rejected_batch` (`batch`, `id`),
  PRIMARY KEY (`id`),
  FOREIGN KEY (`batch`) REFERENCES `_batches` (`id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS `_sequences` (
  `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `value` bigint NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS `departments` (
  `department_id` bigint NOT NULL,
  `department_name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  PRIMARY KEY (`department_id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS `jobs` (
  `job_id` bigint NOT NULL,
  `job_name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  PRIMARY KEY (`job_id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS `employees` (
  `employee_id` bigint NOT NULL,
  `employee_name` varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `hiring_date` datetime(6) NOT NULL,
  `department_id` bigint NOT NULL,
  `job_id` bigint NOT NULL,
  PRIMARY KEY (`employee_id`),
  FOREIGN KEY (`department_id`) REFERENCES `departments` (`department_id`),
  FOREIGN KEY (`job_id`) REFERENCES `jobs` (`job_id`)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
