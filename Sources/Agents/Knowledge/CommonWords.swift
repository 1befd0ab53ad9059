/// Frequent English words. One of them that occurs in no document was meant as it stands: it is no typing error of a word
/// that does.
enum CommonWords {
  static func contains(_ word: String) -> Bool {
    all.contains(word) || Words.soft.contains(word) || Words.empty.contains(word)
      || [
        ("ies", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""), ("er", ""),
      ]
      .contains { word.hasSuffix($0.0) && all.contains(word.dropLast($0.0.count) + $0.1) }
  }

  private static let all = Set(
    """
    ability logo anybody accept accident act actor add address adult advice afraid age agree air airport album alive alone america amount
    animal apartment apple april area arm army art article artist asia august aunt author award baby back bag bake ball band
    bank bar base basket bath battle beach bean bear beat beautiful beauty bed bee beer begin bell belong belt bench bet bike
    bill bird birth birthday bit bite black blank blood blow blue board boat body bone book border born boss bottle bottom
    bowl box boy brain brand brave bread break breakfast breath bridge bright bring brother brown brush build bus business
    busy butter button buy cake camera camp capital car card care career carry cash castle cat catch cause cell cent center
    century chain chair chance charge cheap check cheese chef chemical chicken child children china choice choose church
    circle city class clean clear climb clock close cloth cloud club coach coast coat coffee coin cold college color colour
    company compare computer concert cook cool copy corn corner cost cotton count country couple course court cousin cover
    cow cream crime cross crowd cry culture cup currency customer cut cycle dad damage dance danger dark date daughter dead
    deal dear death debt december decide deep degree delay desk dinner direction dirt discount discuss disease dish doctor
    dog dollar door doubt dream dress drink drive drop dry duck dust duty ear early earn earth east eat economy edge
    egg eight election electric elephant empire employ end enemy energy engine english enjoy enter equal escape euro
    europe evening event evil exam exercise eye face factory fail fair faith fall family famous fan far farm fashion fat
    father favorite favourite fear february feed feel female festival field fight figure fill film final fine finger finish
    fire fish fit five flag flat flight floor flour flow flower fly fold food fool foot football force foreign forest
    forget form forward found four france free freedom fresh friday friend front fruit fuel fun funny future game garden gas
    gate german germany gift girl glass global goal god gold golf government grade grain grand grass gray green ground group
    grow guest guide guitar gun guy hair half hall hand happy hard hat hate head health hear heart heat heaven heavy
    height hell hero high hill history hit hobby hole holiday home honest hope horse hospital host hot hotel hour house
    huge human hundred hungry hunt hurt husband ice ill image income india industry ink insurance internet invest invent
    iron island italy january japan jewel join joke journey joy juice july jump june jury kid kill kilometer king kiss
    kitchen knee knife lady lake lamp land language laugh law lawyer lead leader leaf league leave leg legal lemon
    letter level library lie life lift light limit line lion lip liquid listen literature live loan local location lock
    london lose loss loud love low luck lunch machine magazine magic mail male man map march mark market marriage marry
    match math mayor meal meat medicine meet member men metal meter method middle mile milk million mind mine minute
    mirror miss mistake mix model modern mom moment monday money monkey month moon morning mother mountain mouse mouth move
    movie museum music name narrow nation nature neck neighbor neighbour nephew nest news newspaper night nine north
    nose note november novel nurse ocean october office oil onion open opera opinion orange organ owner page pain paint
    pair palace pan paper parent paris park party pass passport past pasta path patient pay peace pen pencil pepper
    percent person pet phone photo piano pick picture pie pig pilot pink pizza plain plan plane planet plant plate play
    player plug poem poet poetry police policy politics pool poor pope population potato pound power pray present
    president press pretty prevent price pride prince princess prison prize produce product program proud public pull
    pupil pure purple push queen quiet race radio rain raise rate raw reach read recipe record red refund religion rent
    repair repeat reply report rest restaurant rice rich ride ring rise risk river road rock role roll roof room root
    rose round royal rugby ruler russia sad safe sail salad salary sale salt sand saturday sauce save school science
    score sea search season seat second secret seed seek self sell send september serve seven sex shade shadow shake
    shape share sharp sheep sheet shine ship shirt shoe shoot shop shore shot shoulder shout shut shy sick side sign
    silence silver sing singer single sink sister sit six size skill skin skirt sky sleep slow smart smell smile smoke
    smooth snake snow soap soccer social society sock soft soil soldier solid son song soon soul sound soup south space
    spain speak speech speed spell spend spoon sport spot spring square stage stair stamp stand star start state station
    stay steak steal steel stick stock stomach stone stop store storm story stove straight strange street strong
    student study style subject subway sugar suggest suit summer sun sunday sweet swim table tail tall tank taste tax
    tea teach teacher team tear teeth temperature ten tennis tent test theater theatre thick thin third thirty thousand
    three throat throw thursday ticket tie tiger tight tiny tired title today toe together tomato tomorrow tone
    tongue tonight tool tooth top total touch tour tourist toward tower town toy track trade train transport travel
    treasure tree trip truck true trust truth tuesday turkey twelve twenty ugly uncle union unit universe university
    vacation valley vegetable vehicle video village violin virus visa visit voice vote wage wait wake walk wall war
    warm wash waste watch water wave weak wealth weapon wear weather wedding wednesday week weekend weigh weight west
    wet wheel white wide wife wild win wind window wine wing winner winter wire wise woman women wood wool word world
    worry worth wound write writer year yellow yesterday young zero zoo
    """.split(whereSeparator: \.isWhitespace).map(String.init))
}
