/**
 * What guessers try first, in lower case: words, names and phrases that lists of leaked passwords are headed by.
 * Sequences of the keyboard, repetitions and digits are found by rule, so they are not listed.
 */
export const COMMON_WORDS: readonly string[] = `
  access account admin administrator airforce alexander alexis amanda america amsterdam andrea andrew angel angela
  angels anthony apple april arsenal asshole august austin autumn babygirl bailey banana barcelona baseball basketball
  batman beautiful beaver benjamin berlin bestfriend bigdaddy binance bitch bitcoin biteme blahblah blink182 bonjour
  booboo boomer boston brandon brooklyn bubbles buster butterfly california cameron canada captain casino casper
  changeit changeme changethis charles charlie cheese chelsea chester chicago chicken chocolate chris christian
  coffee coinbase compaq computer cookie cooper corvette cowboy cowboys crypto crystal dallas daniel danielle david
  death december default demo diablo diamond dolphin dragon eagles easy elephant eminem enter ethereum everton
  exchange falcon family february ferrari fishing flower football forever freedom friday friend friends fuckme
  fuckoff fuckyou gandalf garfield george gfhjkm ginger god gold golden golfer google guest guitar hammer hannah
  happy harley harrypotter heather heaven hello helloworld hockey hodl hottie hunter hunting iceman iloveu iloveyou
  internet iwantu jackson january jasmine jasper jennifer jeremy jessica jesus jesuschrist johnny jonathan jordan
  joseph joshua july june junior justin kawasaki killer kraken kitten lakers lamborghini letmein letmeinnow liberty
  linkedin liverpool login london loser love lovely loveme lover loveyou maggie magic manchester manager marina
  marine martin master matrix matthew maverick mercedes merlin michael michelle mickey midnight mike minecraft
  monday money monica monkey monster moon morgan mother mountain murphy mustang myspace naruto nascar nathan ncc1701
  newyork nicholas nicole nirvana nothing november october oliver orange panties pass passphrase passw0rd passwd
  passwort password patrick peaches peanut pepper phoenix player please pokemon porsche prince princess private
  purple pussy qwerty rabbit rachel rainbow ranger rangers rebecca redsox richard robert rockyou root samantha
  samsung satoshi saturday scooby scooter secret secure security september server sexy shadow shannon silver simple
  slayer slipknot snoopy soccer sophie spanky sparky spider spiderman spring starwars steelers steven stupid success
  summer sunday sunshine superman superstar support surfer sweet sydney system taylor temp temppass tennis test
  tester testing testpassword thomas thunder tiffany tiger tigger tigers tinkerbell tothemoon trade trader trading
  travis trustno1 trustnoone tuesday tucker turtle twitter user username vegas victoria viking wallet warrior
  welcome welcometo whatever whoami william windows winner winston winter wizard xavier yankees yellow zxcvbn
  correcthorsebatterystaple correct horse battery staple troubador tobeornottobe thatisthequestion
  thequickbrownfox jumpsoverthelazydog nevergonnagiveyouup maytheforcebewithyou openthedoor opensesame
  letmeinplease thisismypassword mypassword thispasswordislong mysecretpassword yourpassword nopassword
  ineedapassword averylongpassword longpassword supersecret topsecret iloveyousomuch iloveyouforever
  whatsthepassword forgotpassword
`
  .trim()
  .split(/\s+/)
