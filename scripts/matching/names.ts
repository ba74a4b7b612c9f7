/** Names of people in India and elsewhere, with their form in Devanagari where it is common. */
const paired = (
  text: string,
): readonly (readonly [latin: string, devanagari: string | undefined])[] =>
  text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [latin = '', devanagari] = entry.split('/');
      return [latin, devanagari];
    });

export const givenNames = paired(`
Aarav/आरव Aditi/अदिति Aditya/आदित्य Ajay/अजय Akash/आकाश Alok/आलोक Aman/अमन Amit/अमित Anand/आनंद
Ananya/अनन्या Anil/अनिल Anita/अनीता Anjali/अंजलि Ankit/अंकित Anuradha/अनुराधा Arjun/अर्जुन Arun/अरुण
Asha/आशा Ashok/अशोक Bharat/भरत Bhavna/भावना Chandan/चंदन Chitra/चित्रा Deepak/दीपक Deepika/दीपिका
Dinesh/दिनेश Divya/दिव्या Farhan Fatima Gaurav/गौरव Geeta/गीता Gopal/गोपाल Govind/गोविंद Harish/हरीश
Hemant/हेमंत Imran Indira/इंदिरा Jagdish/जगदीश Jaya Jyoti/ज्योति Kamal/कमल Kamlesh/कमलेश Karan/करण
Kavita/कविता Kiran/किरण Kishore/किशोर Komal/कोमल Krishna/कृष्ण Kunal/कुणाल Lakshmi/लक्ष्मी Lalit/ललित
Lata/लता Madhav/माधव Mahesh/महेश Manish/मनीष Manoj/मनोज Meena/मीना Meera/मीरा Mohan/मोहन Mohammed Mukesh/मुकेश
Nandini/नंदिनी Naresh/नरेश Narendra/नरेंद्र Neeraj/नीरज Neha/नेहा Nikhil/निखिल Nisha/निशा Nitin/नितिन
Padma Pankaj/पंकज Pooja/पूजा Prakash/प्रकाश Pramod/प्रमोद Pranav/प्रणव Prashant/प्रशांत Preeti/प्रीति
Priya/प्रिया Priyanka/प्रियंका Radha/राधा Rahul/राहुल Rajendra/राजेंद्र Rajesh/राजेश Rakesh/राकेश Ramesh/रमेश
Rashmi/रश्मि Ravindra/रवींद्र Reema/रीमा Rekha/रेखा Ritu/रितु Rohan/रोहन Rohit/रोहित Rupa/रूपा Sachin/सचिन
Salman Sandeep/संदीप Sangeeta/संगीता Sanjay/संजय Santosh/संतोष Sarita/सरिता Saurabh/सौरभ Seema/सीमा Shalini/शालिनी
Shankar/शंकर Sharad/शरद Shilpa/शिल्पा Shweta/श्वेता Siddharth/सिद्धार्थ Smita/स्मिता Sneha/स्नेहा Sonal/सोनल
Sudhir/सुधीर Suman/सुमन Sunil/सुनील Sunita/सुनीता Suresh/सुरेश Sushil/सुशील Swati/स्वाति Tanvi/तन्वी
Tarun/तरुण Uday/उदय Uma/उमा Usha/उषा Varun/वरुण Venkatesh Vidya/विद्या Vijay/विजय Vikas/विकास Vikram/विक्रम
Vinod/विनोद Vishal/विशाल Vivek/विवेक Yamini/यामिनी Yash/यश Yogesh/योगेश Zoya
Alexander Andrew Catherine Charles Christopher Daniel David Elizabeth James Jennifer John Joseph Margaret
Matthew Michael Nicholas Patricia Peter Robert Samuel Stephen Susan Thomas William`);

export const familyNames = paired(`
Agarwal/अग्रवाल Ahmed Ansari Bajaj/बजाज Banerjee Bansal/बंसल Bhat/भट Bhatia/भाटिया Bhatt/भट्ट Bose
Chandra/चंद्र Chatterjee Chauhan/चौहान Chawla/चावला Chopra/चोपड़ा Das/दास Desai/देसाई Deshmukh/देशमुख
Deshpande/देशपांडे Dhawan/धवन Dixit/दीक्षित Dubey/दुबे Dutta Fernandes Gandhi/गांधी Garg/गर्ग Ghosh Gill
Gokhale/गोखले Goswami/गोस्वामी Goyal/गोयल Grover/ग्रोवर Gupta/गुप्ता Iyengar Iyer Jadhav/जाधव Jain/जैन Jha/झा
Joshi/जोशी Kamath Kapoor/कपूर Kaur/कौर Khan/खान Khanna/खन्ना Khurana/खुराना Kohli/कोहली Kulkarni/कुलकर्णी Kumar/कुमार
Lal/लाल Malhotra/मल्होत्रा Mathur/माथुर Mehra/मेहरा Mehta/मेहता Menon Mishra/मिश्रा Mistry Mittal/मित्तल Modi/मोदी
Mukherjee Naidu Nair Nanda/नंदा Narayan/नारायण Pandey/पांडे Pandit/पंडित Patel/पटेल Pathak/पाठक Patil/पाटिल Pereira
Pillai Prasad/प्रसाद Rana/राणा Rane/राणे Rao/राव Rastogi/रस्तोगी Rathore/राठौर Reddy Roy Sachdev/सचदेव Saxena/सक्सेना
Sen Sethi/सेठी Shah/शाह Sharma/शर्मा Shetty Shinde/शिंदे Shukla/शुक्ला Singh/सिंह Sinha/सिन्हा Srivastava/श्रीवास्तव
Sood/सूद Tiwari/तिवारी Tripathi/त्रिपाठी Trivedi/त्रिवेदी Tyagi/त्यागी Varma/वर्मा Vyas/व्यास Wadhwa/वाधवा Yadav/यादव
Baker Campbell Carter Clark Cooper Evans Harris Hughes Jackson Mitchell Morris Parker Phillips Roberts
Robinson Stewart Thompson Turner Walker Wilson`);

export const streets =
  'MG Station Gandhi Nehru Park Lake Temple Market Church College Airport Residency Brigade Linking Hill Ring Mill Garden River Fort'.split(
    ' ',
  );
export const cities =
  'Mumbai:400 Delhi:110 Bengaluru:560 Chennai:600 Hyderabad:500 Pune:411 Kolkata:700 Ahmedabad:380 Jaipur:302 Lucknow:226 Nagpur:440 Indore:452'
    .split(' ')
    .map((entry) => entry.split(':') as [name: string, postcode: string]);
export const nicknames: Readonly<Record<string, readonly string[]>> = {
  ...{ Alexander: ['Alex'], Andrew: ['Andy'], Catherine: ['Kate', 'Cathy'], Charles: ['Charlie'] },
  ...{ Christopher: ['Chris'], Daniel: ['Dan'], David: ['Dave'], Elizabeth: ['Liz', 'Beth'] },
  ...{ James: ['Jim', 'Jimmy'], Jennifer: ['Jenny'], John: ['Jack'], Joseph: ['Joe'] },
  ...{ Margaret: ['Maggie'], Matthew: ['Matt'], Michael: ['Mike'], Nicholas: ['Nick'] },
  ...{ Patricia: ['Pat', 'Trish'], Peter: ['Pete'], Robert: ['Bob', 'Rob'], Samuel: ['Sam'] },
  ...{ Stephen: ['Steve'], Susan: ['Sue'], Thomas: ['Tom'], William: ['Bill', 'Will'] },
  ...{ Mohammed: ['Mohd', 'Md', 'Muhammad'], Rajesh: ['Raju'], Rajendra: ['Raju', 'Rajinder'] },
  ...{
    Ravindra: ['Ravi', 'Ravinder'],
    Priyanka: ['Priya'],
    Venkatesh: ['Venkat'],
    Vikram: ['Vicky'],
  },
  ...{ Sanjay: ['Sanju'], Abhishek: ['Abhi'], Aditya: ['Adi'], Krishna: ['Kishan'] },
};
