// Command recat retires categories from a product catalog.
package main

func main() {}
