// Package servertest gives tests databases of their own on PostgreSQL and on
// MariaDB or MySQL.
//
// The servers are those that RECAT_TEST_POSTGRES and RECAT_TEST_MYSQL name:
//
//	RECAT_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/test?sslmode=disable
//	RECAT_TEST_MYSQL=mysql://root@127.0.0.1:3306/test
//
// The user must be allowed to make databases; none but those made here is
// touched. A test of a server that is not named is skipped; one that is named
// and does not answer fails. For what ends a server in the midst of its work
// there are private ones (Private), which a test may kill.
package servertest
