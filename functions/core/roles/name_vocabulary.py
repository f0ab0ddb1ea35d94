"""Words of column names by what they say, in English and, for the most frequent ones, in other languages.

They are those that files of card payments, transfers, orders and claims are headed with.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ID = _words("id ids uuid guid key pk hash token")
NUMBER = _words("num no nr number nummer numero code ref reference")
# A number of a place or a kind of thing, which repeats for what it is: no identifier of a row.
PLACES = _words(
    """
    zip zipcode postal postcode plz branch area country region state county city currency mcc product category
    error response reason job model version
    """
)
# What is measured or counted, and numbers no rows even where it happens to rise with them.
MEASURES = _words(
    """
    age year hour day month week minute score balance price limit income salary distance size weight rate count
    total avg mean min max latitude longitude lat long lon temperature speed quantity qty premium fee tax
    """
)
ROW = _words("index row rownum rowid id idx uuid guid pk unnamed")
# A person, a card, an account or a device, whatever the number of its levels.
PERSONAL = _words(
    """
    cc pan iban ssn email mail phone mobile telephone telefon tel msisdn imei passport firstname lastname
    surname fullname first last vorname nachname street strasse straße anschrift cardholder tarjeta
    kartennummer kundennummer kontonummer cardnumber cardnum cardno cardid userid customerid accountid
    clientid deviceid accountnumber accountno username nick nickname bic
    """
)
# These are spelled, and not numbered.
SPELLED = _words(
    """
    first last name names firstname lastname surname fullname vorname nachname street strasse straße anschrift
    email mail address adresse addr nickname nick username
    """
)
# Identifiers that are written in one word.
JOINED = _words(
    """
    cardid userid customerid accountid clientid deviceid transactionid transid txid orderid sessionid recordid
    rowid rownum policynumber invoiceno kundennummer kontonummer
    """
)
# A person, card, account or device where there are many levels: `card` may also be the brand of the card.
PARTIES = _words(
    """
    card customer client user account acct acc device person name names address addr adresse address1 address2
    ip ipv4 holder payer payee beneficiary sender receiver recipient owner member subscriber patient employee
    wallet fingerprint cookie kunde konto karte cliente cuenta compte debtor creditor machine cif
    """
)
# Of a name that says a person, card or device and nothing else of it: `customer_id`, `nameOrig`, not `customer_age`.
BESIDE = (
    ID
    | NUMBER
    | _words(
        """
    orig origin dest destination from to src source dst the of full primary billing shipping home work mac
    hashed masked line bank e
    """
    )
)
CLOCKS = _words(
    """
    time timestamp datetime date step epoch unixtime ts dt clock tick second seconds sec zeit datum when at t
    """
)
TIME_UNITS = _words("days hours minutes weeks day hour minute week")
NO_CLOCK = _words(
    """
    since between diff difference avg average mean length duration delta lag gap age elapsed processing
    response wait waiting count number per days months years total max min std median zone first last rec sent
    """
)
MONEY = _words("amount amounts amt amnt betrag montant importe monto importo valor kwota")
PRICES = _words("value price total sum fare cost")
PAID = _words("purchase transaction trans txn tx order basket cart payment sale invoice paid")
FRAUD = _words("fraud frauds fraudulent fraudster betrug fraude frode scam isfraud fraudlabel")
GENUINE = _words("genuine legit legitimate isgenuine islegit valid isvalid nonfraud notfraud")
VERDICTS = _words("flagged flaggedfraud isflaggedfraud suspected predicted prediction alert alerted rule")
LABELS = _words("class label labels target y outcome response istarget")
MAYBE_LABELS = _words("flag flagged status result decision default verdict")
# Beside such a word: `loan_status`, but not `FLAG_OWN_CAR`.
OF_LABELS = _words("is the true final transaction trans txn tx payment loan order application claim case")
CHARGEBACKS = _words("chargeback chargebacks cbk chargedback")
JOINED_VERDICTS = _words("flaggedfraud isflaggedfraud fraudflagged")
# Beside a word for fraud: something else than the label.
OF_FRAUD = _words(
    """
    count counts score type reason date time amount amt rate ratio number num risk probability prob prior
    previous history past days ago last id category at when by on
    """
) | _words("scenario scenarios kind pattern typology comment comments note notes description amounts value ring")
# Of those, what is written down once a fraud has been found.
FOUND_OUT = _words(
    "type reason date category amount scenario kind pattern typology comment comments note notes at when by"
)
AFTERWARDS = _words(
    """
    chargeback chargebacks dispute disputes disputed refund refunds refunded investigation investigated
    investigator resolution resolved blocked recovered recovery chargeoff writeoff reimbursed reimbursement
    adjudication verdict prosecuted rückbuchung rueckbuchung gesperrt
    """
)
# Known once what they measure has ended.
ENDED = _words("duration outcome result closed closure confirmed confirmation settled settlement status")
