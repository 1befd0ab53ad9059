/// The passwords that are guessed first: no list of breaches, but what stands at the head of all of them.
enum CommonPasswords {
  /// - Parameter password: in small letters.
  static func contains(_ password: String) -> Bool {
    list.contains(password) || isRun(password)
  }

  private static let list = Set(
    """
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword pa$$word passwort motdepasse
    contrasena 123456 1234567 12345678 123456789 1234567890 12345678910 0123456789 0987654321 987654321 87654321
    123123123 12341234 123454321 123321123 11223344 112233445566 147258369 159753456 741852963 789456123 123qweasd
    1234qwer 12qwaszx q1w2e3r4 q1w2e3r4t5 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 zaq12wsx qwertyui qwertyuiop
    qwerty12 qwerty123 qwerty1234 qwertz123 qwertzui azertyui azerty123 asdfghjk asdfghjkl asdf1234 zxcvbnm1
    zxcvbnm123 qazwsxedc qwer1234 qweasdzxc abcdefgh abcdefghi abcd1234 abc12345 abc123456 a1b2c3d4 aa123456
    a12345678 a123456789 iloveyou iloveyou1 ilovey0u loveyou1 letmein1 letmein123 welcome1 welcome123 changeme
    changeme1 changeme123 default1 secret123 mysecret topsecret admin123 admin1234 admin12345 administrator
    root1234 rootroot adminadmin test1234 testtest testing1 testing123 guest123 user1234 login123 master123
    pass1234 passpass sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball
    superman superman1 batman123 starwars pokemon1 pokemon123 dragon123 monkey123 shadow123 michael1 michelle
    jennifer jessica1 ashley123 charlie1 computer computer1 internet samsung1 whatever trustno1 liverpool chelsea1
    arsenal1 barcelona corvette mercedes cheyenne midnight mustang1 maverick december november september january1
    summer2023 summer2024 summer2025 winter2023 winter2024 winter2025 spring2024 spring2025 blink182 jordan23
    hello123 hello1234 helloworld freedom1 killer123 lovely123 flower123 butterfly fuckyou1 fuckyou2 asshole1
    zxcvbnm correcthorsebatterystaple
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  /// Whether each character is the one before it, or the next or previous one of Unicode throughout.
  private static func isRun(_ password: String) -> Bool {
    let values = password.unicodeScalars.map { Int($0.value) }
    guard values.count > 1 else { return true }
    let step = values[1] - values[0]
    return abs(step) <= 1 && zip(values, values.dropFirst()).allSatisfy { $1 - $0 == step }
  }
}
