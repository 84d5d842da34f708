package app

import "time"

const day = 24 * time.Hour

// past tells what happened over the last weeks, the oldest first.
func (d *demo) past() {
	d.searchDown()
	d.newsletterPrices()
	d.giftCards()
	d.loginCodes()
	d.wrongLabels()
	d.twoWarehouses()
	d.picturesMissing()
	d.weekendSale()
	d.stockImport()
}

func (d *demo) searchDown() {
	t := d.declare(opening{
		ago: 31*day + 5*time.Hour, by: "Tomás", lead: "Lena", name: "Search is down", severity: "Critical",
		summary: "Every search ended with an error for eleven minutes. A disk of the search cluster was full.",
	})
	t.say(0.5, "Tomás", "Every search answers 503. The front page and product pages are fine.")
	t.say(2, "Aiko", "The disk of the first node is full, and the cluster takes no more writes.")
	t.update(4, "Lena", "Fixing", "Search does not work. Browsing and buying do. A disk is full; we are making room.", 15)
	freed := t.say(9, "Aiko", "Old logs are gone, 40 GB free. The cluster recovers.")
	t.react(freed, "🎉", "Lena", "Tomás", "Maya")
	t.minutes(10)
	t.pin("Lena", freed)
	alert := t.todo(14, "Lena", "Aiko", "Warn when a disk of the search cluster is 80 % full")
	t.update(16, "Lena", "Monitoring", "Search works again, after eleven minutes.", 0)
	t.done(300, "Aiko", alert)
	t.end(1500, "Lena", "The disks are watched now, and logs are kept for a week instead of a year.")
}

func (d *demo) newsletterPrices() {
	t := d.declare(opening{
		ago: 26*day + 2*time.Hour, by: "Inês", lead: "Inês", name: "Newsletter shows prices without tax", severity: "Minor",
		summary: "The spring newsletter went to 40,000 people with net prices.",
	})
	t.say(3, "Inês", "The template took the wrong field. Half of the mails are out, the rest is stopped.")
	t.update(12, "Inês", "Fixing", "The newsletter showed prices without tax. Sending is stopped, the shop itself is right.", 0)
	t.say(40, "Sam", "We honor the price of the newsletter for those who ask. Seven so far.")
	t.end(190, "Inês", "The rest went out with the right prices. Customers who asked got the price that they had read.")
}

func (d *demo) giftCards() {
	t := d.declare(opening{
		ago: 21*day + 7*time.Hour, by: "Priya", lead: "Jonas", name: "Gift cards can be used twice", severity: "Major",
		summary: "Two orders at the same moment could both be paid with one gift card.",
	})
	t.say(2, "Priya", "Accounting found nine cards with a balance below zero.")
	t.say(8, "Jonas", "Two orders read the balance before either writes it. We need to hold the card while it is being used.")
	t.update(11, "Jonas", "Investigating", "A gift card may be used twice when two orders come at the same moment. Nine cards were, 412 in all.", 60)
	t.leads(55, "Jonas", "Priya", "I write the fix, you lead.")
	t.update(68, "Priya", "Fixing", "The fix is written and being tested. Gift cards stay switched on.", 60)
	t.say(103, "Jonas", "Released. A card is held for the time of the order.")
	test := t.todo(105, "Priya", "Jonas", "Test two orders at once for every way to pay")
	t.update(118, "Priya", "Monitoring", "Fixed. We watch the balances until tomorrow.", 0)
	t.done(1600, "Jonas", test)
	t.status(1700, "Priya", "Documenting")
	t.status(2900, "Priya", "Reviewing")
	t.end(4400, "Priya", "All cards are right again. Nobody had to pay back what the mistake gave them.")
}

func (d *demo) loginCodes() {
	t := d.declare(opening{
		ago: 17*day + 11*time.Hour, by: "Sam", lead: "Omar", name: "Login codes by text message do not arrive", severity: "Major",
	})
	t.say(1, "Sam", "Customers in three countries wait for their code.")
	t.say(6, "Omar", "Our provider for text messages has trouble there, and says two hours.")
	t.update(8, "Omar", "Fixing", "Codes by text message do not arrive in three countries. We switch to codes by mail.", 30)
	t.update(31, "Omar", "Monitoring", "Customers get their code by mail until text messages work again.", 0)
	t.end(260, "Omar", "Text messages work again. Codes by mail stay as the way out.")
}

func (d *demo) wrongLabels() {
	t := d.declare(opening{
		ago: 14*day + 3*time.Hour, by: "Nora", lead: "Nora", name: "Return labels lead to the old warehouse", severity: "Minor",
	})
	t.say(5, "Nora", "Labels printed since this morning have the address from before the move.")
	t.say(15, "Ravi", "It was a cache that nobody emptied. Emptied now.")
	t.end(44, "Nora", "Labels are right again. The old warehouse sends on what it gets.")
}

func (d *demo) twoWarehouses() {
	t := d.declare(opening{
		ago: 11*day + 9*time.Hour, by: "Ravi", lead: "Lena", name: "Two warehouses pack the same order", severity: "Major",
		summary: "Orders with more than one parcel were packed in both warehouses.",
	})
	t.say(3, "Ravi", "Warehouse two got 130 orders that warehouse one has already packed.")
	t.update(7, "Lena", "Investigating", "Some orders are packed twice. Both warehouses stop orders with more than one parcel.", 30)
	t.say(22, "Priya", "The message that splits an order is delivered twice since the queue was moved, and the warehouse does not notice.")
	t.update(33, "Lena", "Fixing", "Cause known: a message is handled twice. It is being made safe to repeat.", 60)
	once := t.todo(35, "Priya", "Ravi", "Handle each split of an order once, whatever arrives")
	t.update(80, "Lena", "Monitoring", "Fixed. 17 parcels left twice; the customers are asked to send one back, at our cost.", 0)
	t.done(100, "Ravi", once)
	t.status(1500, "Lena", "Documenting")
	t.end(5800, "Lena", "Written down and gone through. Every handler of that queue is now safe to repeat.")
}

func (d *demo) picturesMissing() {
	t := d.declare(opening{
		ago: 7*day + 6*time.Hour, by: "Aiko", lead: "Aiko", name: "Product pictures are missing on phones", severity: "Major",
		summary: "On phones product pages had no pictures for half an hour.",
	})
	t.say(1, "Aiko", "The small sizes were never made for products since Monday.")
	t.update(6, "Aiko", "Fixing", "Pictures are missing on phones for products that are new this week. Small sizes are being made now.", 30)
	t.say(28, "Tomás", "4,100 of 4,300 done.")
	t.update(34, "Aiko", "Monitoring", "All pictures are there.", 0)
	t.status(200, "Aiko", "Documenting")
	t.status(1700, "Aiko", "Reviewing")
	t.todo(1710, "Aiko", "Tomás", "Check after each import that every picture has all of its sizes")
}

func (d *demo) weekendSale() {
	t := d.declare(opening{
		ago: 4*day + 4*time.Hour, by: "Jonas", lead: "Lena", name: "Checkout is slow during the weekend sale", severity: "Critical",
		summary: "Three times the usual number of orders. Each took up to twenty seconds, and one in ten was given up.",
	})
	t.say(1, "Jonas", "Checkout takes 14 seconds at the median. The database has no connection left.")
	t.update(5, "Lena", "Investigating", "Checkout is very slow. Please do not release anything.", 15)
	t.say(11, "Inês", "Recommendations ask the same database twelve times for each cart.")
	off := t.say(13, "Jonas", "Switched recommendations in the cart off. 2 seconds.")
	t.react(off, "🎯", "Lena", "Inês", "Maya", "Priya")
	t.minutes(14)
	t.pin("Lena", off)
	t.update(18, "Lena", "Fixing", "Recommendations in the cart are off, and checkout takes 2 seconds. We watch it to the end of the sale.", 60)
	t.update(75, "Lena", "Monitoring", "It holds. Recommendations stay off until Monday.", 0)
	t.todo(80, "Lena", "Inês", "Give recommendations a database of their own to read from")
	t.todo(82, "Lena", "Jonas", "Try checkout under five times the usual load before the next sale")
	t.status(2900, "Lena", "Documenting")
	t.todo(2905, "Jonas", "Lena", "Write down why nobody saw the load coming")
}

func (d *demo) stockImport() {
	t := d.declare(opening{
		ago: 2*day + 8*time.Hour, by: "Ravi", lead: "Ravi", name: "Nightly import of stock takes until noon", severity: "Minor",
		summary: "The import should be over at four in the morning.",
	})
	t.say(4, "Ravi", "The supplier sends everything each night now, instead of what changed.")
	t.say(30, "Nora", "They look into it, and need until next week.")
	t.status(34, "Ravi", "Paused")
}
